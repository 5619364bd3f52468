// A door where people wait, "are you here?", and more time for a vote.

import assert from 'node:assert/strict';
import { address, guarded, live, person, picture, timed } from './studio.mjs';

export const presence = () => timed('the door and who is here', async () => {
  const chair = await person('Ada Okonkwo', 'laptop');
  await chair.page.goto(`${address}/organizations/${guarded}`);
  await chair.page.getByLabel('Title').fill('Owners’ meeting');
  await chair.page.getByRole('button', { name: 'Open the meeting' }).click();
  await chair.page.getByText('The meeting is open. Show people the code.').waitFor();
  const console_ = chair.page.url().split('?')[0];
  const sitting = console_.replace('/console', '');
  const code = (await chair.page.locator('.code-big').textContent()).trim();
  await chair.page.goto(`${address}/join/${code}`);
  await chair.page.getByRole('button', { name: 'Join' }).click();
  await chair.page.getByText('You are in.').waitFor();
  await chair.page.goto(console_);
  await live(chair.page);

  // Two come with the code and wait; both go on by themselves when they are let in.
  const [tove, imre] = await Promise.all([person('Tove Lund', 'phone'), person('Imre Nagy', 'phone')]);
  for (const { page } of [tove, imre]) {
    await page.goto(`${address}/join/${code}`);
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByRole('heading', { name: 'You wait for the chair to let you in' }).waitFor();
  }
  await picture(tove.page, 'waiting-room');
  await imre.page.goto(address);
  await picture(imre.page, 'home-waiting');
  await imre.page.getByRole('link', { name: /Owners’ meeting/ }).click();
  await chair.page.getByRole('heading', { name: '2 wait to be let in' }).waitFor();
  await picture(chair.page, 'console-waiting');
  await chair.page.locator('summary', { hasText: 'Let all in' }).click();
  await chair.page.getByRole('button', { name: 'Let all in' }).click();
  await chair.page.getByText('Let in.').waitFor();
  for (const { page } of [tove, imre]) {
    await page.getByText('You are in.').waitFor();
    await live(page);
  }

  // Everybody is asked, and it is on their pages at once; who says nothing is marked as gone.
  await live(chair.page);
  await chair.page.locator('summary', { hasText: 'Ask who is here' }).click();
  await chair.page.getByRole('button', { name: 'Ask now' }).click();
  await tove.page.getByRole('heading', { name: 'Are you here?' }).waitFor();
  await picture(tove.page, 'sitting-asked');
  await tove.page.getByRole('button', { name: 'I am here' }).click();
  await tove.page.getByText('You said that you are here.').waitFor();
  await chair.page.locator('[data-figure=answered]').getByText('2', { exact: true }).waitFor();
  await picture(chair.page, 'console-check');
  await chair.page.getByRole('button', { name: 'End it and mark the silent as gone' }).click();
  await chair.page.getByText('Who said nothing is marked as gone.').waitFor();
  await imre.page.getByText('You are not in this meeting at the moment.').waitFor();

  // When somebody was there, and the form that corrects it.
  await chair.page.getByLabel('Change the presence of Imre Nagy').click();
  await chair.page.getByRole('link', { name: 'Times' }).last().click();
  await chair.page.getByLabel('From').fill('2001-01-01T10:00');
  await chair.page.getByLabel('Reason').fill('Went home at nine.');
  await chair.page.getByRole('button', { name: 'Correct the times' }).click();
  await chair.page.getByText('Not saved yet. Please look at this again:').waitFor();
  assert.equal(await chair.page.getByLabel('Reason').inputValue(), 'Went home at nine.');
  await picture(chair.page, 'person');

  // A vote with an end is given more time, with a reason for the record.
  await chair.page.goto(console_);
  await chair.page.getByLabel('Question').fill('Shall the roof be green?');
  await chair.page.getByLabel('Voting lasts').selectOption('2');
  await chair.page.getByRole('button', { name: 'Open the vote' }).click();
  await chair.page.getByText('Voting is open.', { exact: true }).waitFor();
  await chair.page.getByLabel('More: Shall the roof be green?').click();
  await chair.page.getByLabel('Voting goes on longer by').selectOption('10');
  await chair.page.getByLabel('Reason').first().fill('The doors were shut.');
  await picture(chair.page, 'console-extend');
  await chair.page.getByRole('button', { name: 'Extend' }).click();
  await chair.page.getByText('Voting goes on longer.').waitFor();
  await chair.page.goto(`${address}/organizations/${guarded}/audit`);
  await chair.page.getByText('The doors were shut.').waitFor();

  // The proxies of a person, and what happened to one.
  await tove.page.goto(`${sitting}/proxies`);
  await tove.page.getByLabel('Who shall vote for you?').fill('Imre Nagy (imre)');
  await tove.page.getByRole('button', { name: 'Give my vote' }).click();
  await tove.page.getByText('Your vote is given.').waitFor();
  await tove.page.getByRole('link', { name: 'All my proxies' }).click();
  await picture(tove.page, 'proxies-mine');
  await tove.page.getByRole('link', { name: /Imre Nagy votes for me/ }).click();
  await tove.page.getByRole('heading', { name: 'What happened to it' }).waitFor();
  await picture(tove.page, 'proxy');
});

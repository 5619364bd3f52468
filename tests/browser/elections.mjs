// Several offices at once: who is nominated, who stands, and one page to cast everything together.

import { accepted, address, live, organization, person, picture, timed } from './studio.mjs';

export const elections = () => timed('nominations and elections', async () => {
  const chair = await person('Ada Okonkwo', 'laptop');
  await chair.page.goto(`${address}/organizations/${organization}`);
  await chair.page.getByLabel('Title').fill('General meeting');
  await chair.page.getByRole('button', { name: 'Open the meeting' }).click();
  await chair.page.getByText('The meeting is open. Show people the code.').waitFor();
  const console_ = chair.page.url().split('?')[0];
  const sitting = console_.replace('/console', '');
  const code = (await chair.page.locator('.code-big').textContent()).trim();
  const [ravi, sofia] = await Promise.all([person('Ravi Menon', 'phone'), person('Sofia Marino', 'phone')]);
  for (const { page } of [ravi, sofia]) {
    await page.goto(`${address}/join/${code}`);
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByText('You are in.').waitFor();
  }

  // The chair opens nominations for two offices with one form.
  await chair.page.getByRole('link', { name: 'Nominations' }).click();
  await picture(chair.page, 'offices-empty');
  await chair.page.getByRole('link', { name: 'Open nominations' }).click();
  const office = (at) => chair.page.getByRole('group', { name: `Office ${at}` });
  await office(1).getByLabel('What is the election for?').fill('President');
  await office(1).getByLabel('How is it counted?').selectOption('irv');
  await office(2).getByLabel('What is the election for?').fill('Board');
  await office(2).getByLabel('Seats').fill('2');
  await office(2).getByLabel('How is it counted?').selectOption('scottish-stv');
  await picture(chair.page, 'offices-new');
  await chair.page.getByRole('button', { name: 'Open nominations' }).click();
  await chair.page.getByText('Nominations are open.').waitFor();

  // Ravi stands for one, and puts Sofia forward for both; she reads it in the waiting room.
  await ravi.page.goto(`${sitting}/offices`);
  const card = (page, name) => page.getByRole('region', { name, exact: true });
  await card(ravi.page, 'Board').getByText('Stand for it yourself').click();
  await card(ravi.page, 'Board').getByLabel('What you have to say for yourself').fill('I keep what I promise, and I keep minutes.');
  await card(ravi.page, 'Board').getByRole('button', { name: 'I stand for it' }).click();
  await ravi.page.getByText('You stand for it.').waitFor();
  for (const name of ['President', 'Board']) {
    await card(ravi.page, name).getByText('Put somebody forward').click();
    await card(ravi.page, name).getByLabel('Whom?').fill('Sofia Marino (sofia)');
    await card(ravi.page, name).getByRole('button', { name: 'Put forward' }).click();
    await card(ravi.page, name).getByText('Sofia Marino', { exact: true }).waitFor();
  }
  // The wall shows what people are nominated for.
  const wall = await chair.context.newPage();
  await wall.goto(`${sitting}/screen`);
  await wall.getByRole('heading', { name: 'Nominations are open' }).waitFor();
  await picture(wall, 'screen-nominations');
  await wall.close();
  await sofia.page.goto(sitting);
  await picture(sofia.page, 'sitting-nominated');
  await sofia.page.getByText('You are put forward: Board. Do you stand?').waitFor();
  await sofia.page.getByRole('link', { name: 'Answer' }).first().click();
  await picture(sofia.page, 'offices-asked');
  for (const name of ['President', 'Board']) {
    await card(sofia.page, name).getByLabel('What you have to say for yourself').fill('Ten years of choir taught me patience.');
    await card(sofia.page, name).getByRole('button', { name: 'I stand', exact: true }).click();
    await card(sofia.page, name).locator('li', { hasText: 'Sofia Marino' }).getByText('Stands', { exact: true }).waitFor();
  }
  await sofia.page.goto(sitting);
  await live(sofia.page);

  // Nominations are closed and both elections opened with one press; the phones show one page with both.
  await chair.page.goto(`${sitting}/offices`);
  await picture(chair.page, 'offices-chair');
  await chair.page.getByLabel('Open voting on all of them at once').check();
  await chair.page.getByRole('button', { name: 'Close and make the ballots' }).click();
  await chair.page.getByText('Voting is open.', { exact: true }).waitFor();
  await sofia.page.getByRole('heading', { name: 'President' }).waitFor();
  await sofia.page.getByRole('region', { name: 'Board' }).getByText('2 stand').click();
  await sofia.page.getByText('I keep what I promise').waitFor();
  const ballot = (name) => sofia.page.getByRole('region', { name, exact: true });
  await ballot('President').getByRole('button', { name: 'Sofia Marino', exact: true }).click();
  await ballot('Board').getByRole('button', { name: 'Ravi Menon', exact: true }).click();
  await picture(sofia.page, 'ballots-together');
  await sofia.page.getByRole('button', { name: 'Review my 2 votes' }).click();
  await sofia.page.getByRole('heading', { name: 'Is this right?' }).waitFor();
  await picture(sofia.page, 'review-together');
  await sofia.page.getByRole('button', { name: 'Cast 2 votes' }).click();
  await sofia.page.getByText('Your votes were accepted, all of them.').waitFor();
  if (await accepted(sofia.page).count() !== 2) throw new Error('two votes were cast together');
});

// A whole sitting in a real browser: a chair at a laptop, a projector and three members with phones, each
// in a context of their own. Every page that is met is checked with axe and photographed at three sizes.
//
//   node sitting.mjs '{"address": …, "organization": …, "guarded": …, "pictures": …, "manual": …}'
//
// In the organization `guarded` the chair admits everybody; the other one has the usual rules.
// Where `manual` names a folder, the pictures of docs/USING.md are written there, small.
//
// Ends with status 0 when everything holds; says on stderr what does not.

import assert from 'node:assert/strict';
import { around } from './around.mjs';
import { elections } from './elections.mjs';
import { presence } from './presence.mjs';
import { accepted, address, browser, faults, finish, live, organization, person, picture, seen, sizes, timed, times } from './studio.mjs';

const assembly = () => timed('the assembly', async () => {
  const guest = await browser.newContext({ viewport: sizes.phone, javaScriptEnabled: false });
  const first = await guest.newPage();
  await first.goto(address);
  await first.getByLabel('Meeting code').waitFor();
  await guest.close();
  const stranger = await browser.newContext({ viewport: sizes.phone, locale: 'en-GB' });
  const landing = await stranger.newPage();
  await landing.goto(address);
  await picture(landing, 'landing');

  const chair = await person('Ben Lindqvist', 'laptop');
  await picture(chair.page, 'home-empty');
  await chair.page.goto(`${address}/organizations/${organization}`);
  await picture(chair.page, 'organization');
  await chair.page.getByLabel('Title').fill('Spring assembly');
  await chair.page.getByRole('button', { name: 'Open the meeting' }).click();
  await chair.page.getByText('The meeting is open. Show people the code.').waitFor();
  await picture(chair.page, 'console-empty');
  const code = (await chair.page.locator('.code-big').textContent()).trim();
  assert.match(code, /^[2-9A-HJ-NP-Z]{6}$/);
  const console_ = chair.page.url().split('?')[0];
  const sitting = console_.replace('/console', '');

  // The wall.
  const wall = await chair.context.newPage();
  await wall.setViewportSize(sizes.projector);
  await wall.goto(`${sitting}/screen`);
  await live(wall);
  await picture(wall, 'screen-join');

  // The projector's own device needs no sign-in, only the link.
  await chair.page.locator('summary', { hasText: 'A link for the projector' }).click();
  await chair.page.getByRole('button', { name: 'Make a link' }).click();
  const link = (await chair.page.locator('.secret').textContent()).trim();
  await picture(chair.page, 'screen-link');
  await chair.page.goto(console_);
  const beamer = await stranger.newPage();
  await beamer.setViewportSize(sizes.projector);
  await beamer.goto(link);
  await live(beamer);
  await beamer.getByRole('heading', { name: 'Join with your phone' }).waitFor();

  // Three members: one types the code, two come by the QR code's link.
  const maria = await person('Maria Silva', 'phone');
  await picture(maria.page, 'home');
  await maria.page.getByLabel('Meeting code').fill(code.toLowerCase());
  await maria.page.getByRole('button', { name: 'Join' }).click();
  await maria.page.getByText('You are in.').waitFor();
  const nils = await person('Nils Berg', 'phone');
  const olga = await person('Olga Ivanova', 'phone', { reducedMotion: 'reduce' });
  for (const { page } of [nils, olga]) {
    await page.goto(`${address}/join/${code}`);
    if (page === nils.page) await picture(page, 'join');
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByText('Nothing to vote on right now').waitFor();
    await live(page);
  }
  await picture(nils.page, 'sitting-waiting');
  await live(chair.page);
  await wall.locator('[data-figure=headcount]').getByText('3', { exact: true }).waitFor();

  // Olga gives her vote to Maria and leaves.
  await olga.page.getByRole('link', { name: 'Proxies' }).click();
  await olga.page.getByLabel('Who shall vote for you?').fill('Maria Silva (maria)');
  await olga.page.getByRole('button', { name: 'Give my vote' }).click();
  await olga.page.getByText('Your vote is given.').waitFor();
  await picture(olga.page, 'proxies');
  await olga.page.goto(sitting);
  await olga.page.locator('summary', { hasText: 'Leave the meeting' }).click();
  await olga.page.getByRole('button', { name: 'Leave the meeting' }).click();
  await olga.page.getByText('You have left the meeting.').waitFor();

  // A motion with live figures is put; the phones show it by themselves.
  await maria.page.goto(sitting);
  await live(maria.page);
  await chair.page.getByLabel('Question').fill('Shall the library stay open until midnight?');
  await chair.page.getByLabel('Everybody sees the figures while voting goes on').check();
  await chair.page.getByRole('button', { name: 'Open the vote' }).click();
  await chair.page.getByText('Voting is open.', { exact: true }).waitFor();
  for (const { page } of [maria, nils]) await page.getByRole('heading', { name: 'Shall the library stay open until midnight?' }).waitFor();
  await maria.page.getByRole('group', { name: 'For Olga Ivanova' }).waitFor();
  await wall.getByRole('heading', { name: 'Shall the library stay open until midnight?' }).waitFor();

  // Maria fills in half her ballot; Nils votes meanwhile, and nothing of hers changes.
  await maria.page.getByRole('group', { name: 'Your vote' }).getByText('yes', { exact: true }).click();
  await picture(maria.page, 'ballot');
  await nils.page.getByRole('group', { name: 'Your vote' }).getByText('no', { exact: true }).click();
  await nils.page.getByRole('button', { name: 'Review my vote' }).click();
  await nils.page.getByRole('heading', { name: 'Is this right?' }).waitFor();
  // A double tap.
  await nils.page.getByRole('button', { name: 'Cast my vote' }).dblclick();
  await accepted(nils.page).waitFor();
  await wall.locator('[data-figure^=voted]').getByText('1', { exact: true }).waitFor();
  await chair.page.locator('[data-figure^=voted]').getByText('1', { exact: true }).waitFor();
  await picture(chair.page, 'console-voting');
  await picture(wall, 'screen-voting');
  assert.ok(await maria.page.getByRole('group', { name: 'Your vote' }).getByLabel('yes').isChecked(), 'a half-filled ballot was touched');
  assert.ok(!await maria.page.getByRole('group', { name: 'For Olga Ivanova' }).getByLabel('yes').isChecked());

  // The back button after casting: the vote stands, whatever is sent again.
  await nils.page.goBack();
  await nils.page.goto(sitting);
  await accepted(nils.page).waitFor();

  // The connection goes in the middle of casting, and comes back.
  await maria.page.getByRole('group', { name: 'For Olga Ivanova' }).getByText('abstain', { exact: true }).click();
  await maria.page.getByRole('button', { name: 'Review my 2 votes' }).click();
  await maria.page.getByRole('heading', { name: 'Is this right?' }).waitFor();
  await picture(maria.page, 'review');
  // The server gets the first one, and its answer is lost on the way.
  let lost = 0;
  await maria.context.route('**/cast', async (route) => {
    lost += 1;
    if (lost === 1) { await route.fetch({ maxRedirects: 0 }); await route.abort('connectionreset'); } else if (lost === 2) await route.abort('internetdisconnected'); else await route.continue();
  });
  await maria.page.getByRole('button', { name: 'Cast 2 votes' }).click();
  await maria.page.getByText('Your vote is NOT confirmed yet').waitFor();
  await maria.page.getByText('Your vote was accepted.').waitFor();
  assert.equal(await accepted(maria.page).count(), 2);
  assert.ok(lost >= 3, `sent ${lost} times`);
  await picture(maria.page, 'receipt');
  await wall.locator('[data-figure^=voted]').getByText('3', { exact: true }).waitFor();

  // Two tabs: what was cast in one cannot be cast in the other.
  await chair.page.getByRole('link', { name: 'New election' }).click();
  await chair.page.getByLabel('What is the election for?').fill('Treasurer');
  await chair.page.getByLabel('Candidates').fill('Hana Nováková\nJonas O’Brien\nAbstain');
  await chair.page.getByLabel('Ranked: instant runoff, for one').check();
  await chair.page.getByLabel('Secret: nobody learns who chose what.').check();
  await picture(chair.page, 'draft-election');
  await chair.page.getByRole('button', { name: 'Save' }).click();
  await chair.page.getByRole('link', { name: 'New motion' }).click();
  await picture(chair.page, 'draft-motion');
  await chair.page.goto(console_);
  await chair.page.locator('summary', { hasText: 'Close the vote' }).click();
  await picture(chair.page, 'console-confirm');
  await chair.page.getByRole('button', { name: 'Close the vote' }).click();
  await chair.page.getByText('Voting is closed and counted.').waitFor();
  await chair.page.locator('summary', { hasText: 'Share the result' }).click();
  await chair.page.getByRole('button', { name: 'Share the result' }).click();
  await chair.page.getByText('The result is shared.').waitFor();
  await beamer.getByText('Rejected', { exact: true }).or(beamer.getByText('Tie', { exact: true })).first().waitFor();
  await wall.getByText('Rejected', { exact: true }).or(wall.getByText('Adopted', { exact: true })).or(wall.getByText('Tie', { exact: true })).first().waitFor();
  await picture(wall, 'screen-result');
  await nils.page.goto(sitting);
  await nils.page.getByRole('link', { name: 'Shall the library stay open until midnight?' }).click();
  await nils.page.getByRole('heading', { name: 'Result' }).waitFor();
  await picture(nils.page, 'event-result');

  await chair.page.getByRole('button', { name: 'Open: Treasurer' }).click();
  await chair.page.getByText('Voting is open.', { exact: true }).waitFor();
  const tab = await nils.context.newPage();
  for (const page of [tab, nils.page]) {
    await page.goto(sitting);
    // Ranked by tapping: the first tap is the first choice.
    await page.getByRole('button', { name: 'Hana Nováková', exact: true }).click();
    await page.getByRole('button', { name: '2 Jonas O’Brien', exact: true }).or(page.getByRole('button', { name: 'Jonas O’Brien', exact: true })).click();
    if (page === tab) {
      await picture(page, 'ballot-ranked');
      // Dragged down to the last place, and up again.
      const [hana, jonas] = ['Hana Nováková', 'Jonas O’Brien'].map((name) => page.locator(`.choice[data-option="${name}"]`));
      for (const places of [['2', '1'], ['1', '2']]) {
        await hana.dragTo(jonas);
        assert.deepEqual([await hana.locator('select').inputValue(), await jonas.locator('select').inputValue()], places);
      }
    }
    await page.getByRole('button', { name: 'Review my vote' }).click();
    await page.getByRole('heading', { name: 'Is this right?' }).waitFor();
  }
  await tab.getByRole('button', { name: 'Cast my vote' }).click();
  await tab.getByText('Your vote was accepted.').waitFor();
  await nils.page.getByRole('button', { name: 'Cast my vote' }).click();
  await nils.page.getByText('Your vote had been accepted before').waitFor();
  await tab.close();

  // By the keyboard alone: to the ballot, a choice, the review, and cast.
  await maria.page.goto(sitting);
  const card = maria.page.getByRole('group', { name: 'Your vote' });
  for (const name of ['Jonas O’Brien', 'Hana Nováková']) {
    await card.getByRole('button', { name, exact: true }).focus();
    await maria.page.keyboard.press('Enter');
  }
  await maria.page.keyboard.press('ArrowUp');
  assert.deepEqual(await card.locator('select').evaluateAll((all) => all.map((one) => one.value)), ['1', '2', '']);
  await maria.page.getByRole('button', { name: /^Review/ }).focus();
  await maria.page.keyboard.press('Enter');
  await maria.page.getByRole('heading', { name: 'Is this right?' }).waitFor();
  await maria.page.getByRole('button', { name: 'Cast my vote' }).focus();
  await maria.page.keyboard.press('Enter');
  await maria.page.getByText('Your vote was accepted.').waitFor();

  // Ranked votes are counted round by round.
  await chair.page.goto(console_);
  await chair.page.locator('summary', { hasText: 'Close the vote' }).click();
  await chair.page.getByRole('button', { name: 'Close the vote' }).click();
  await chair.page.locator('summary', { hasText: 'Share the result' }).click();
  await chair.page.getByRole('button', { name: 'Share the result' }).click();
  await chair.page.getByText('The result is shared.').waitFor();
  await chair.page.getByRole('link', { name: 'Treasurer' }).first().click();
  await chair.page.getByText('Elected', { exact: false }).first().waitFor();
  await picture(chair.page, 'event-election');

  // The server is out of reach for a while: the page says so, and catches up.
  await nils.page.goto(sitting);
  await live(nils.page);
  await nils.context.setOffline(true);
  await nils.page.locator('#conn[data-state=off], #conn[data-state=trying]').waitFor({ timeout: 40000 });
  await nils.context.setOffline(false);
  await live(nils.page);

  // Removed by the chair: the stream ends at once.
  await chair.page.goto(console_);
  await chair.page.getByLabel('Change the presence of Nils Berg').click();
  await chair.page.getByRole('button', { name: 'Remove', exact: true }).click();
  await chair.page.getByText('Removed from the meeting.').waitFor();
  await nils.page.getByText('You are not in this meeting at the moment.').waitFor();

  // The link ends, and what it shows with it.
  await chair.page.locator('summary', { hasText: 'A link for the projector' }).click();
  await chair.page.getByRole('button', { name: 'End the link' }).click();
  await chair.page.getByText('The link to the projector has ended.').waitFor();
  await beamer.getByRole('alert').waitFor();
  assert.equal((await beamer.request.get(link)).status(), 404);
  await stranger.close();

  // A key of the chair's: the search.
  await chair.page.keyboard.press('/');
  assert.equal(await chair.page.evaluate(() => document.activeElement.id), 'q');
  await chair.page.locator('summary', { hasText: 'End the meeting' }).click();
  await chair.page.getByRole('button', { name: 'End the meeting' }).click();
  await chair.page.getByText('The meeting has ended.').waitFor();
  await picture(chair.page, 'console-closed');
  // The wall keeps the last result, and asks nobody in any more.
  await wall.getByRole('heading', { name: 'Treasurer' }).waitFor();
  // As soon as the log is signed, it shows the words that name it.
  await wall.locator('.record-words li').nth(11).waitFor();
  await picture(wall, 'screen-words');

  // The pages around a sitting.
  await maria.page.goto(`${address}/history`);
  await picture(maria.page, 'history');
  await maria.page.goto(`${address}/me`);
  await picture(maria.page, 'account');
  await maria.page.goto(`${address}/nowhere`);
  await picture(maria.page, 'trouble');
  // German, dark, and from right to left.
  await maria.page.goto(address);
  await maria.page.getByLabel('Language').selectOption('de');
  await maria.page.getByLabel('Appearance').selectOption('dark');
  await maria.page.getByRole('button', { name: 'Apply' }).click();
  await maria.page.getByText('Code der Sitzung').waitFor();
  assert.equal(await maria.page.locator('[data-zone-name]').textContent(), 'Europe/Warsaw');
  await picture(maria.page, 'home-german-dark');
  await maria.page.goto(sitting);
  await maria.page.evaluate(() => { document.documentElement.dir = 'rtl'; });
  await picture(maria.page, 'sitting-right-to-left');
});

try {
  await Promise.all([assembly(), around(), elections(), presence()].map((part) => part.catch((error) => { faults.push(error.stack); })));
  await finish();
} finally {
  await browser.close();
}

process.stdout.write(`${times()}\n`);
if (faults.length > 0) {
  process.stderr.write(`${faults.join('\n')}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`${seen.size} pages are fine\n`);
}

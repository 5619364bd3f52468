// The pages around a sitting: what owners keep, and lists.

import assert from 'node:assert/strict';
import { address, organization, person, picture, timed } from './studio.mjs';

export const around = () => timed('pages around a sitting', async () => {
  const owner = await person('Ada Okonkwo', 'laptop');
  await owner.page.goto(`${address}/organizations/${organization}/roles`);
  await owner.page.getByLabel('To whom').fill('zoe@example.org');
  await owner.page.getByLabel('Secretary').check();
  await owner.page.getByRole('button', { name: 'Grant a role' }).click();
  await owner.page.getByText('The role waits for them to sign in.').waitFor();
  await owner.page.goto(`${address}/organizations/${organization}/committees`);
  await owner.page.getByLabel('Name').fill('Finance');
  await owner.page.getByRole('button', { name: 'New committee' }).click();
  await owner.page.getByText('Saved.').waitFor();
  // A machine that acts for the organization, and its token, which is shown once.
  const clients = `${address}/organizations/${organization}/clients`;
  await owner.page.goto(clients);
  await picture(owner.page, 'clients-empty');
  await owner.page.getByLabel('Name').fill('Membership system');
  await owner.page.getByLabel('Member manager').check();
  await owner.page.getByRole('button', { name: 'New client' }).click();
  await owner.page.getByText('The client is made.').waitFor();
  await owner.page.locator('summary', { hasText: 'Make a token' }).click();
  await owner.page.getByLabel('What is it for?').fill('Nightly roster');
  await owner.page.getByRole('button', { name: 'Make a token' }).click();
  await owner.page.locator('.secret').waitFor();
  await picture(owner.page, 'client-token');
  await owner.page.goto(clients);
  await owner.page.getByText('Nightly roster').waitFor();
  await picture(owner.page, 'clients');
  // The colour is on every page from then on.
  await owner.page.goto(`${address}/organizations/${organization}/settings`);
  await owner.page.getByLabel('Plum').check();
  await owner.page.getByRole('button', { name: 'Save' }).click();
  await owner.page.locator('html.accent-plum').waitFor();
  await owner.page.goto(`${address}/organizations/${organization}/settings`);
  for (const step of ['Hand the organization over', 'Archive the organization']) await owner.page.locator('summary', { hasText: step }).click();
  await picture(owner.page, 'settings-steps');
  for (const place of ['members', 'import', 'settings', 'rules', 'roles', 'committees', 'audit']) {
    await owner.page.goto(`${address}/organizations/${organization}/${place}`);
    if (place === 'import') {
      // A file that is not in UTF-8 is not guessed at: "Łukasz" as it is written in Poland.
      const [field, roster] = ['Choose a file', 'Roster as CSV'].map((label) => owner.page.getByLabel(label));
      const file = (bytes) => ({ name: 'roster.csv', mimeType: 'text/csv', buffer: Buffer.from(bytes) });
      await field.setInputFiles(file([...Buffer.from('name\n'), 0xa3, ...Buffer.from('ukasz\n')]));
      await owner.page.getByText('This file is not in UTF-8').waitFor();
      assert.equal(await roster.inputValue(), '');
      await owner.page.getByLabel('How the file was written').selectOption('windows-1250');
      await owner.page.waitForFunction(() => document.querySelector('#csv').value === 'name\nŁukasz\n');
      await field.setInputFiles(file(Buffer.from('name\nZoë\n')));
      await owner.page.waitForFunction(() => document.querySelector('#csv').value === 'name\nZoë\n');
      assert.ok(await owner.page.getByText('This file is not in UTF-8').isHidden());
      await owner.page.getByLabel('Roster as CSV').fill([
        'andrew_id,name,email,user_role,vote_weight,member_number', 'zoe,Zoë Ng,zoe@example.org,member,1,204',
        'nils,,nils@example.org,observer,,17', 'zoe,Zoë,,,,', 'x,X,,king,,', 'maria,,,,,', ''].join('\n'));
      await owner.page.getByRole('button', { name: 'See what would change' }).click();
      await owner.page.getByText('Lines with mistakes: 2').waitFor();
    }
    await picture(owner.page, place);
  }
});

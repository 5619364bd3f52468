// The pages around a sitting: what owners keep, and lists.

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
  for (const place of ['members', 'import', 'settings', 'rules', 'roles', 'committees', 'audit']) {
    await owner.page.goto(`${address}/organizations/${organization}/${place}`);
    if (place === 'import') {
      await owner.page.getByLabel('Roster as CSV').fill('andrew_id,name,user_role\nzoe,Zoë Ng,member\nx,X,king\n');
      await owner.page.getByRole('button', { name: 'See what would change' }).click();
      await owner.page.getByText('Lines with mistakes: 1').waitFor();
    }
    await picture(owner.page, place);
  }
});

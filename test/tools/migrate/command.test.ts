import { EXIT } from '../../../lib/tools/command-line.ts';
import { runMigrate } from './installation.ts';

const run = (...args: string[]) => runMigrate(args, {});

describe('npm run migrate', () => {
  test('says how it is used', async () => {
    const { code, output } = await run('--help');
    expect(output).toContain('npm run migrate -- import --from postgres://');
    expect(output).toContain('npm run migrate -- export --to postgres://');
    expect(code).toBe(EXIT.done);
  });

  describe('says what is wrong', () => {
    test.each([
      ['without a direction', [], 'Name an action: import or export.'],
      ['import without --from', ['import'], 'import needs --from, and no other address.'],
      ['import with --to', ['import', '--to', 'postgres://x'], 'import needs --from, and no other address.'],
      ['another database', ['import', '--from', 'mysql://x'], '--from must begin with postgres://'],
      [
        'a time without a zone',
        ['import', '--from', 'postgres://x', '--since', '2026-11-23T22:00:00'],
        'nor a time such as',
      ],
      ['export --since', ['export', '--to', 'postgres://x', '--since', 'last'], 'export takes no --since'],
      ['an unknown option', ['import', '--form', 'x'], "Unknown option '--form'"],
    ])('%s', async (_what, args, message) => {
      const { code, output } = await run(...args);
      expect(output).toContain(message);
      expect(code).toBe(EXIT.usage);
    });

    test('a setting', async () => {
      const args = ['import', '--from', 'postgres://x'];
      const { code, output } = await runMigrate(args, { REFRESH_TOKEN_VALIDITY: 'long' });
      expect(output).toContain('REFRESH_TOKEN_VALIDITY must be a number');
      expect(code).toBe(EXIT.failed);
    });

    test("the official core's migration mode", async () => {
      const args = ['import', '--from', 'postgres://x'];
      const { code, output } = await runMigrate(args, { SUPERTOKENS_MIGRATION_MODE: 'NEW' });
      expect(output).toContain('SUPERTOKENS_MIGRATION_MODE must be one of LEGACY, DUAL_WRITE_READ_OLD');
      expect(code).toBe(EXIT.failed);
    });
  });
});

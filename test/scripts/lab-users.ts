import { mkdirSync, writeFileSync } from 'fs';
import { join } from 'path';
import { Acl, AclTarget } from '../../src/node/acl';
import { InternalUser, internalName, internalUsers, RedisKind } from '../../src/node/internal-users';

/** A user of the tests. */
const TESTER = 'tester';

/** An application, which has its own rules at Sentinels. */
const SHOP = { name: 'shop', rules: ['~*', '+@all', '-@dangerous', '-@admin'], secretName: 'shop', key: 'password' };

/** The users of the servers of a lab, as a pod finds them: in a directory with the rules and the passwords of all. */
export class LabUsers {
  /** The name and the password of somebody who may do everything. They never change. */
  public readonly tester: readonly string[] = [TESTER, `password of ${TESTER}`];

  private readonly names: readonly string[];

  /** @param kind what has them: what the target is, or the Sentinels that watch it */
  constructor(public readonly path: string, target: AclTarget, kind: RedisKind = target.kind) {
    this.names = [...internalUsers(kind).map(internalName), SHOP.name];
    mkdirSync(join(path, 'passwords'), { recursive: true });
    const rules = new Acl(target, 'internal', [SHOP]).files[kind === target.kind ? 'rules' : `${kind}-rules`];
    writeFileSync(join(path, 'rules'), `${rules}${TESTER} ~* &* +@all\n`);
    this.write('');
  }

  /** All passwords are others from now on, for who reads them. */
  public write(suffix: string): void {
    for (const name of this.names) writeFileSync(join(this.path, 'passwords', name), `password of "\\${name}"${suffix}\n`);
    writeFileSync(join(this.path, 'passwords', TESTER), `${this.tester[1]}\n`);
  }

  /** Variables of who acts as a user. */
  public login(user: InternalUser): Record<string, string> {
    const name = internalName(user);
    return { REDIS_USER: name, REDIS_PASSWORD_FILE: join(this.path, 'passwords', name) };
  }
}

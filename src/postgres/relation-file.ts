// The file of a relation on disk: which tablespace, which database, which number (RelFileNode, from 16 on RelFileLocator).

export interface RelationFile {
  /** Oids; the database is 0 for what all of them share. */
  readonly tablespace: number;
  readonly database: number;
  /** pg_class.relfilenode: at first the oid of the relation, another one each time its contents are written anew. */
  readonly number: number;
}

export const relationFileLength = 12;

export const relationFileAt = (bytes: Buffer, at: number): RelationFile => ({
  tablespace: bytes.readUInt32LE(at),
  database: bytes.readUInt32LE(at + 4),
  number: bytes.readUInt32LE(at + 8),
});

/** For maps; the tablespace is left out, since a relation may be moved to another one. */
export const relationKey = ({ database, number }: RelationFile): string => `${database}/${number}`;

/** Numbers below are those of initdb: system catalogs (FirstNormalObjectId). */
export const firstOfUsers = 16384;

/** The numbers of catalogs that are read here, as initdb gives them; VACUUM FULL gives others. */
export const pgClass = 1259;
export const pgNamespace = 2615;
export const pgDatabase = 1262;

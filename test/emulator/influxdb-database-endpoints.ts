// The endpoints that create, list and drop databases. A dropped database keeps its id under another name and a new one
// of the same name gets a new id, so tokens never regain access by re-creation.
import { forbidden, mayUseDatabase, type Routes, requireAdmin, type Server } from './influxdb-authentication.ts';
import {
  bodyText,
  missingParameter,
  Refusal,
  reply,
  requireDatabaseName,
  requireJsonContentType,
} from './influxdb-http.ts';
import { decodeJson, optional, string, struct } from './influxdb-json.ts';
import { allowsDatabase } from './influxdb-permissions.ts';

const createDatabaseRequest = struct<{ db: string; retention_period: string | null }>('CreateDatabaseRequest', {
  db: string,
  retention_period: optional(string),
});

/** Routes of /api/v3/configure/database. */
export function databaseEndpoints(server: Server): Routes {
  const { catalog } = server;
  return {
    'POST /api/v3/configure/database': (call, token) => {
      requireJsonContentType(call.headers);
      const { db } = decodeJson(bodyText(call.body), createDatabaseRequest);
      // Creating needs the action on every database, whether or not the name is taken.
      const granted = token?.grants === 'admin' || allowsDatabase(token?.grants ?? [], null, 'create');
      if (!granted) throw forbidden(server, 'handler');
      requireDatabaseName(db);
      if (catalog.database(db, null) !== undefined) {
        throw new Refusal(409, 'attempted to create a resource that already exists');
      }
      catalog.addDatabase(call.node, db);
      return reply(200, null);
    },

    'GET /api/v3/configure/database': (call, token) => {
      requireAdmin(server, token);
      const format = call.url.searchParams.get('format');
      if (format === null) throw missingParameter('format');
      if (format !== 'json') throw new Refusal(400, `the emulator lists databases as json only, not as ${format}`);
      const databases = catalog.databases(call.node).filter(({ softDeleted }) => !softDeleted);
      const rows = databases.map(({ name }) => ({ 'iox::database': name }));
      return reply(200, JSON.stringify(rows), { 'content-type': 'application/json' });
    },

    'DELETE /api/v3/configure/database': (call, token) => {
      const db = call.url.searchParams.get('db');
      if (db === null) throw missingParameter('db');
      if (!mayUseDatabase(server, call, token, db, 'delete')) throw forbidden(server, 'handler');
      if (db === '_internal') throw new Refusal(500, 'cannot delete internal db');
      if (!catalog.dropDatabase(call.node, db)) {
        throw new Refusal(404, `the requested resource was not found: ${db}`);
      }
      return reply(200, null);
    },
  };
}

// Makes mongod a replica set of one, and a user for each service that keeps MongoDB, who can do
// nothing outside its own database. A second run changes nothing but passwords. Run by mongosh.
const root = encodeURIComponent(process.env.MONGO_ROOT_PASSWORD);
const admin = connect(`mongodb://root:${root}@mongo:27017/admin?directConnection=true`);

try {
  admin.runCommand({ replSetGetStatus: 1 });
} catch (error) {
  if (error.codeName !== "NotYetInitialized") throw error;
  const members = [{ _id: 0, host: "mongo:27017" }];
  admin.runCommand({ replSetInitiate: { _id: "rs0", members } });
}
for (let tries = 0; !admin.hello().isWritablePrimary; tries += 1) {
  if (tries === 60) throw new Error("mongod has not become primary within 30 s");
  sleep(500);
}

for (const service of ["notification", "message"]) {
  const database = admin.getSiblingDB(`studyzed_${service}`);
  const change = {
    pwd: process.env[`${service.toUpperCase()}_MONGO_PASSWORD`],
    roles: [{ role: "readWrite", db: database.getName() }],
  };
  if (database.getUser(service)) database.updateUser(service, change);
  else database.createUser({ user: service, ...change });
  print(`${database.getName()}: user up to date`);
}

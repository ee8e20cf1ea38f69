// Prints what the parser of Serverless Devs makes of s.yaml in each folder that an argument names, as JSON: the properties of
// each resource, or an error. It parses twice, because s reads .env before the parser does.
const ParseSpec = require('@serverless-devs/parse-spec').default;
const logger = new Proxy({}, { get: () => () => {} });
(async () => {
  const all = [];
  const environment = { ...process.env };
  for (const folder of process.argv.slice(2)) {
    process.chdir(folder);
    process.env = { ...environment };
    try {
      let parsed;
      for (let i = 0; i < 2; i++) {
        parsed = await new ParseSpec('s.yaml', { argv: ['deploy'], logger, isPreview: true }).start();
      }
      all.push({ resources: Object.fromEntries(parsed.allSteps.map((step) => [step.projectName, step.props ?? {}])) });
    } catch (error) {
      all.push({ error: String(error.message ?? error) });
    }
  }
  console.log('\n' + JSON.stringify(all));
})();

// Serverless Devs runs this when somebody creates a project from this application (s init). It expects an application's files
// in src/, and fills in parameters in files that end in .stpl. Here the application is the project itself; its parameters are
// environment variables (src/.env.stpl), and only the rules need more, because the prefix is part of their patterns.
const path = require('path');

const notFiles = ['publish.yaml', 'hook', 'src', '.git'];

module.exports = {
  async preInit({ tempAppPath, fs }) {
    for (const name of fs.readdirSync(tempAppPath)) {
      if (!notFiles.includes(name)) {
        fs.moveSync(path.join(tempAppPath, name), path.join(tempAppPath, 'src', name));
      }
    }
  },

  async postInit({ appPath, tempAppPath, fs, artTemplate }) {
    const rules = path.join('rules', 'rules.yaml');
    const file = path.join(appPath, rules);
    const text = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(file, text.split('incoming/').join('{{ prefix }}'));
    try {
      artTemplate(rules);
    } catch {
      // With -y and without --parameters there are no values, not even defaults, and Serverless Devs would end in an exception.
      const publish = fs.readFileSync(path.join(tempAppPath, 'publish.yaml'), 'utf8');
      const [, required] = /^ {2}required: \[(.*)\]$/m.exec(publish);
      fs.writeFileSync(file, text);
      fs.removeSync(tempAppPath);
      console.error(`onput: parameters missing: ${required}; leave out -y to be asked for them, or give them as JSON with --parameters`);
      process.exit(1);
    }
  },
};

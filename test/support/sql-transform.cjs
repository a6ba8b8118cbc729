// Gives jest the .sql files as the bundler gives them to the program: as text.
module.exports = { process: (text) => ({ code: `module.exports = ${JSON.stringify(text)};` }) };

/** Styles are imported for the bundler, which writes them into a file of their own. */
declare module '*.css'

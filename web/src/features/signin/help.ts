/** The topic of the help about signing in. */
export const HELP = 'sign-in'

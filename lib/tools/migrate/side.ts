/** The two sides of a move: an official core's database, and our tables. */
export type Side = 'official' | 'stage';

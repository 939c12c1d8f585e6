/*
 * warm_talk.h - the other side of a judge's driver, for the trial of a zygote.
 */
#ifndef TW_JAIL_WARM_TALK_H
#define TW_JAIL_WARM_TALK_H

/* Say what is in the file WARM_TALK, then answer requests as a candidate with
 * one function "f" would that always returns True, until the other side ends
 * or asks for the end.  Closes the descriptor. */
void tw_warm_talk(int fd);

#endif /* TW_JAIL_WARM_TALK_H */

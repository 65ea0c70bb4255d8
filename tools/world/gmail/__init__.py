"""A server that speaks IMAP as Google documents it for Gmail: labels shown as folders.

Written here because no server to install has what matters. Of hoodiecrow-imap, whose plugin names
X-GM-EXT-1, its own help says that labels have no effect on folders and that X-GM-THRID is missing;
nor does its UID FETCH know CHANGEDSINCE. pymap has none of Gmail's items.

https://developers.google.com/workspace/gmail/imap/imap-extensions
"""

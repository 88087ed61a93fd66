/** What can be said of a name and a mail address as they are typed. The server decides. */

/** Mail hosts that many people use; a host one letter off is mostly one of them. */
const HOSTS = [
  "gmail.com",
  "googlemail.com",
  "hotmail.com",
  "outlook.com",
  "yahoo.com",
  "icloud.com",
  "live.com",
  "gmx.de",
  "gmx.net",
  "web.de",
  "t-online.de",
  "freenet.de",
  "orange.fr",
  "free.fr",
  "laposte.net",
  "hotmail.fr",
  "yahoo.fr",
  "hotmail.es",
  "yahoo.es",
  "proton.me",
  "protonmail.com",
];

export function isName(text: string): boolean {
  return text.trim() !== "";
}

/** Whether it could be a mail address: something, @, a host with a dot. */
export function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(text.trim());
}

/** The address that was probably meant, or "" where it looks right. */
export function likelyEmail(text: string): string {
  const [, name = "", host = ""] = /^([^\s@]+)@([^\s@]+)$/.exec(text.trim().toLowerCase()) ?? [];
  if (!host || HOSTS.includes(host)) return "";
  const meant = HOSTS.find((known) => isOneOff(host, known));
  return meant ? `${text.trim().slice(0, name.length)}@${meant}` : "";
}

/** One letter too many, missing or wrong, or two that changed places. */
function isOneOff(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 1) return false;
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  const [rest, wanted] = [one.slice(at), other.slice(at)];
  return (
    rest.slice(1) === wanted.slice(1) ||
    rest.slice(1) === wanted ||
    rest === wanted.slice(1) ||
    (rest[0] === wanted[1] && rest[1] === wanted[0] && rest.slice(2) === wanted.slice(2))
  );
}

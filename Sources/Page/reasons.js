/**
 * What a reason means to people, and what mends it: the words of `precache explain` (Reason+Advice.swift in
 * Sources/Domain),
 * which a test compares with these.
 */

const ADVICE = {
  host_down: {
    means: "the host sent heartbeats before, and three intervals passed without one",
    remedy: "is the host up, `precache-agent` active? Its log says why heartbeats fail: token, certificate, name",
  },
  host_disabled: {
    means: "the host is disabled, or no longer in the inventory",
    remedy: "`precache host enable HOST`, or nothing, if that was meant",
  },
  agent_unreachable: {
    means:
      "no connection to the agent, in all attempts; or it was stopped, or answered 429, 502, 503 or 504. Tried " +
      "again",
    remedy: "is the agent up, the port open? Is the address right? `precache host show HOST`",
  },
  agent_timeout: {
    means:
      "not done in time, silent for 30 s, or the image's lock was held too long: the detail says which. Tried " +
      "again",
    remedy: "see limits of time; is nova-compute stuck in a download?",
  },
  agent_unauthorized: {
    means: "token or certificate refused",
    remedy:
      "is the agent's `token` what `precached token agent --host NAME` prints? Does the certificate name the " +
      "host? Is it still valid? Has the agent `listen.tls`?",
  },
  wrong_host: {
    means:
      "the agent at the host's address is another host's: two names for one address, an address that went to " +
      "another machine, or an agent whose `host` isn't the inventory's name",
    remedy: "mend the address, or the agent's setting `host`; `precache inventory apply` warns of shared addresses",
  },
  agent_protocol: {
    means:
      "the agent's answer isn't what the protocol says, or it refused the order. Tried again unless it refused " +
      "the order itself",
    remedy: "are both of matching versions (see upgrade)? Is it an agent that listens there?",
  },
  image_not_found: {
    means:
      "the source answered 404 or 410; or neither the catalogue nor Glance has an image of that id that the service " +
      "sees",
    remedy:
      "is the id right (`precache image list`), and its URL? In Glance, is the image there, and shared with the " +
      "service's project?",
  },
  image_not_active: {
    means: "Glance has it, but queued, uploading, deactivated or hidden; or the source has no data yet, or none at all",
    remedy: "wait for the upload, or activate the image",
  },
  source_unreachable: {
    means: "no connection from the host to the source: name, port, TLS; or Glance couldn't be asked. Tried again",
    remedy: "can the host reach the URL? Does it trust the certificate (`downloads.ca`)?",
  },
  source_unauthorized: {
    means:
      "the source answered 401 or 403, or Keystone refused the service. Tried again where a Glance token had " +
      "ended",
    remedy: "has the service's user the role `member`? Is its password right? Must the URL carry credentials?",
  },
  source_throttled: {
    means: "the source answered 429 or 503. Tried again, after its `Retry-After`",
    remedy: "lower `source.max_downloads`",
  },
  source_error: {
    means:
      "the source failed otherwise: 5xx, a broken or stalled transfer. Tried again; not after another 4xx or a " +
      "redirect that leads nowhere",
    remedy: "the image server's log; `downloads.idle_seconds` for a slow one",
  },
  peers_unavailable: {
    means: "none of the hosts that the image was to come from could be reached. Tried again, from the source",
    remedy: "is the agents' port open between hosts? `precache host show HOST` says until when it fetches for itself",
  },
  size_mismatch: {
    means: "more or fewer bytes than the entry says, or none at all. Tried again",
    remedy: "is the entry's `size_bytes` right? Was the file replaced? An image of 0 bytes is an upload that failed",
  },
  checksum_mismatch: {
    means:
      "the bytes aren't the catalogue's, or another task fetches other content under this id just now. Tried " +
      "again",
    remedy: "is the entry's hash right? Was the file replaced?",
  },
  no_space: {
    means: "no room on the host's disk",
    remedy:
      "free room on the host's disk, or move the bound that the detail names: `cache.minimum_free_bytes` down, " +
      "`cache.max_bytes` or `cache.max_leased_bytes` up; for a converted image see `cache.reserve`",
  },
  unsafe_image: {
    means: "the bytes could harm the host (a backing file, say), or were cut short",
    remedy: "mend the image; another attempt changes nothing",
  },
  format_mismatch: {
    means:
      "the bytes aren't of the entry's `disk_format`: the detail says what they are (an xz archive, say); or " +
      "Glance names a format or a container that isn't taken",
    remedy: "mend the image or its `disk_format`; in Glance, the container must be `bare`",
  },
  conversion_failed: {
    means: "qemu-img failed or isn't there, or the image is encrypted. Tried again where the host killed it",
    remedy: "the detail has its words; is `qemu-utils` installed?",
  },
  io_error: {
    means: "the host's file system failed or refused. Tried again",
    remedy: "the agent's log and the kernel's; owner and rights of `cache.directory`",
  },
  unsupported_backend: {
    means: "beside the outcome `unsupported`: the host's `cache.backend` is `none`",
    remedy: "nothing, if its storage is shared with Glance",
  },
  deadline_exceeded: {
    means: "the job's time was up first",
    remedy: "a longer deadline, more `fanout.parallelism`, more `source.max_downloads`",
  },
  cancelled: {
    means: "someone cancelled the job",
    remedy: "nothing",
  },
  internal: {
    means: "a fault of Precache, or a reason that only a newer agent knows. Mostly tried again",
    remedy: "the logs of service and agent with the job's id; report it with them",
  },
  channel_empty: {
    means: "a policy's `newest` finds no image that can be had now; what it found before is still wanted",
    remedy:
      "is the name, tag or property right? In Glance, is an image of it active, and seen by the service's project?",
  },
  lookup_failed: {
    means:
      "Glance couldn't be asked what a policy's `newest` is; what it was before is still wanted. Tried again",
    remedy: "the detail has the answer; does Keystone let the service in? Is Glance up?",
  },
  no_aggregate: {
    means: "a policy names an aggregate that isn't in the inventory",
    remedy: "make it, or mend the policy: `precache aggregate list`, `precache policy apply -f FILE`",
  },
  image_lost: {
    means: "hosts had the image, and then they hadn't: removed by hand, evicted, or found damaged",
    remedy:
      "who removed it? `precache host cache HOST`, the agent's log. If it was evicted, is there room for all that " +
      "policies want?",
  },
};

/** What a reason means; its name where this page is older than the service. */
export const meaning = (reason) => ADVICE[reason]?.means ?? reason.replaceAll("_", " ");

/** What to do about it; null where that isn't known. */
export const remedy = (reason) => ADVICE[reason]?.remedy ?? null;

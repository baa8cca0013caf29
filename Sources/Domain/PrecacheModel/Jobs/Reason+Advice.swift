/// What a reason means to people, and what to do about it.
///
/// The one table of them, with what else holds policies up: `precache explain` prints it, and deploy/README.md and the page
/// have the same words.
extension Reason {
    /// What happened.
    package var meaning: String { advice.means }

    /// What mends it; code and names of settings stand in backticks.
    package var remedy: String { advice.remedy }

    private var advice: (means: String, remedy: String) {
        switch self {
        case .hostDown:
            (
                means: "the host sent heartbeats before, and three intervals passed without one",
                remedy: "is the host up, `precache-agent` active? Its log says why heartbeats fail: token, "
                    + "certificate, name"
            )
        case .hostDisabled:
            (
                means: "the host is disabled, or no longer in the inventory",
                remedy: "`precache host enable HOST`, or nothing, if that was meant"
            )
        case .agentUnreachable:
            (
                means:
                    "no connection to the agent, in all attempts; or it was stopped, or answered 429, 502, 503 or "
                    + "504. Tried again",
                remedy: "is the agent up, the port open? Is the address right? `precache host show HOST`"
            )
        case .agentTimeout:
            (
                means:
                    "not done in time, silent for 30 s, or the image's lock was held too long: the detail says "
                    + "which. Tried again",
                remedy: "see limits of time; is nova-compute stuck in a download?"
            )
        case .agentUnauthorized:
            (
                means: "token or certificate refused",
                remedy:
                    "is the agent's `token` what `precached token agent --host NAME` prints? Does the certificate "
                    + "name the host? Is it still valid? Has the agent `listen.tls`?"
            )
        case .wrongHost:
            (
                means:
                    "the agent at the host's address is another host's: two names for one address, an address "
                    + "that went to another machine, or an agent whose `host` isn't the inventory's name",
                remedy:
                    "mend the address, or the agent's setting `host`; `precache inventory apply` warns of shared "
                    + "addresses"
            )
        case .agentProtocol:
            (
                means:
                    "the agent's answer isn't what the protocol says, or it refused the order. Tried again unless "
                    + "it refused the order itself",
                remedy: "are both of matching versions (see upgrade)? Is it an agent that listens there?"
            )
        case .imageNotFound:
            (
                means:
                    "the source answered 404 or 410; or neither the catalogue nor Glance has an image of that id "
                    + "that the service sees",
                remedy:
                    "is the id right (`precache image list`), and its URL? In Glance, is the image there, and shared "
                    + "with the service's project?"
            )
        case .imageNotActive:
            (
                means:
                    "Glance has it, but queued, uploading, deactivated or hidden; or the source has no data yet, "
                    + "or none at all",
                remedy: "wait for the upload, or activate the image"
            )
        case .sourceUnreachable:
            (
                means:
                    "no connection from the host to the source: name, port, TLS; or Glance couldn't be asked. "
                    + "Tried again",
                remedy: "can the host reach the URL? Does it trust the certificate (`downloads.ca`)?"
            )
        case .sourceUnauthorized:
            (
                means:
                    "the source answered 401 or 403, or Keystone refused the service. Tried again where a Glance "
                    + "token had ended",
                remedy: "has the service's user the role `member`? Is its password right? Must the URL carry "
                    + "credentials?"
            )
        case .sourceThrottled:
            (
                means: "the source answered 429 or 503. Tried again, after its `Retry-After`",
                remedy: "lower `source.max_downloads`"
            )
        case .sourceError:
            (
                means:
                    "the source failed otherwise: 5xx, a broken or stalled transfer. Tried again; not after "
                    + "another 4xx or a redirect that leads nowhere",
                remedy: "the image server's log; `downloads.idle_seconds` for a slow one"
            )
        case .peersUnavailable:
            (
                means:
                    "none of the hosts that the image was to come from could be reached. Tried again, from the source",
                remedy: "is the agents' port open between hosts? `precache host show HOST` says until "
                    + "when it fetches for itself"
            )
        case .sizeMismatch:
            (
                means: "more or fewer bytes than the entry says, or none at all. Tried again",
                remedy:
                    "is the entry's `size_bytes` right? Was the file replaced? An image of 0 bytes is an upload "
                    + "that failed"
            )
        case .checksumMismatch:
            (
                means:
                    "the bytes aren't the catalogue's, or another task fetches other content under this id just "
                    + "now. Tried again",
                remedy: "is the entry's hash right? Was the file replaced?"
            )
        case .noSpace:
            (
                means: "no room on the host's disk",
                remedy:
                    "free room on the host's disk, or move the bound that the detail names: `cache.minimum_free_bytes` "
                    + "down, `cache.max_bytes` or `cache.max_leased_bytes` up; for a converted image see `cache.reserve`"
            )
        case .unsafeImage:
            (
                means: "the bytes could harm the host (a backing file, say), or were cut short",
                remedy: "mend the image; another attempt changes nothing"
            )
        case .formatMismatch:
            (
                means:
                    "the bytes aren't of the entry's `disk_format`: the detail says what they are (an xz archive, "
                    + "say); or Glance names a format or a container that isn't taken",
                remedy: "mend the image or its `disk_format`; in Glance, the container must be `bare`"
            )
        case .conversionFailed:
            (
                means:
                    "qemu-img failed or isn't there, or the image is encrypted. Tried again where the host killed it",
                remedy: "the detail has its words; is `qemu-utils` installed?"
            )
        case .ioError:
            (
                means: "the host's file system failed or refused. Tried again",
                remedy: "the agent's log and the kernel's; owner and rights of `cache.directory`"
            )
        case .unsupportedBackend:
            (
                means: "beside the outcome `unsupported`: the host's `cache.backend` is `none`",
                remedy: "nothing, if its storage is shared with Glance"
            )
        case .deadlineExceeded:
            (
                means: "the job's time was up first",
                remedy: "a longer deadline, more `fanout.parallelism`, more `source.max_downloads`"
            )
        case .cancelled:
            (
                means: "someone cancelled the job",
                remedy: "nothing"
            )
        case .`internal`:
            (
                means: "a fault of Precache, or a reason that only a newer agent knows. Mostly tried again",
                remedy: "the logs of service and agent with the job's id; report it with them"
            )
        }
    }
}

extension PolicyHold.Cause {
    /// All of them: every reason, and then what isn't any attempt's end.
    package static let all: [PolicyHold.Cause] =
        Reason.allCases.map { .reason($0) } + [.channelEmpty, .lookupFailed, .noAggregate, .imageLost]

    /// The cause of this name; nil if there is none.
    package init?(text: String) {
        guard let cause = Self.all.first(where: { $0.text == text }) else { return nil }
        self = cause
    }

    /// What it means.
    package var meaning: String { advice.means }

    /// What mends it; code and names of settings stand in backticks.
    package var remedy: String { advice.remedy }

    private var advice: (means: String, remedy: String) {
        switch self {
        case .reason(let reason): (means: reason.meaning, remedy: reason.remedy)
        case .channelEmpty:
            (
                means: "a policy's `newest` finds no image that can be had now; what it found before is "
                    + "still wanted",
                remedy: "is the name, tag or property right? In Glance, is an image of it active, and "
                    + "seen by the service's project?"
            )
        case .lookupFailed:
            (
                means: "Glance couldn't be asked what a policy's `newest` is; what it was before is "
                    + "still wanted. Tried again",
                remedy: "the detail has the answer; does Keystone let the service in? Is Glance up?"
            )
        case .noAggregate:
            (
                means: "a policy names an aggregate that isn't in the inventory",
                remedy: "make it, or mend the policy: `precache aggregate list`, "
                    + "`precache policy apply -f FILE`"
            )
        case .imageLost:
            (
                means: "hosts had the image, and then they hadn't: removed by hand, evicted, or found "
                    + "damaged",
                remedy: "who removed it? `precache host cache HOST`, the agent's log. If it was evicted, "
                    + "is there room for all that policies want?"
            )
        }
    }
}

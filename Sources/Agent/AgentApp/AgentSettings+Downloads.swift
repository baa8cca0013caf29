import Settings

/// How images are fetched.
extension AgentSettings {
    static let concurrent = Setting<Int>.int(
        "downloads.concurrent",
        default: 4,
        range: 1...64,
        help:
            "Downloads at once; as many again, each of another server of which nothing is being fetched, so that slow "
            + "servers hold up none but their own."
    )
    static let rate = Setting<Int?>.bytes(
        "downloads.rate_bytes_per_second",
        range: 1_024...Int.max,
        help: "The rate of all downloads together; no limit if left out."
    )
    static let sourceCA = Setting<String?>.path(
        "downloads.ca",
        example: "/etc/precache/images-ca.crt",
        help: "The authorities that https sources are checked against (PEM); the system's if left out."
    )
    static let idle = Setting<Duration>.seconds(
        "downloads.idle_seconds",
        default: .seconds(60),
        range: .seconds(1) ... .seconds(3_600),
        help: "A source that sends nothing for so long is left."
    )
    static let minimumSpeed = Setting<Int>.bytes(
        "downloads.minimum_bytes_per_second",
        default: 1_024,
        range: 0...1 << 30,
        help:
            "A source that sends something, but less than this on average over downloads.minimum_seconds, is left; 0: none is."
    )
    static let minimumSeconds = Setting<Duration>.seconds(
        "downloads.minimum_seconds",
        default: .seconds(30),
        range: .seconds(1) ... .seconds(3_600),
        help: "Over which time downloads.minimum_bytes_per_second is looked at."
    )
    static let proxy = Setting<String?>.string(
        "downloads.proxy",
        example: "http://proxy.example:3128",
        help:
            "The proxy through which images are fetched: http://, https:// or socks5h:// (also socks4://, socks4a://, "
            + "socks5://), host and port. For downloads alone: service and agents speak to each other directly. The "
            + "environment's http_proxy has no say unless downloads.proxy_from_environment lets it."
    )
    static let noProxy = Setting<[String]>.texts(
        "downloads.no_proxy",
        example: "glance.internal, 10.0.0.0/8",
        help:
            "Whose images are fetched directly: domains with all that is in them, addresses, networks; * is everybody."
    )
    static let proxyFromEnvironment = Setting<Bool>.bool(
        "downloads.proxy_from_environment",
        default: false,
        help:
            "Whether http_proxy, https_proxy, all_proxy and no_proxy in the agent's environment say through whom images are "
            + "fetched, where downloads.proxy doesn't."
    )
    static let mirrors = Setting<[String]>.texts(
        "downloads.mirrors",
        example: "https://glance.example:9292 = https://cache.example",
        help:
            "Where to look first: the beginning of URLs (scheme, host, port and whole steps of the path), an equals sign and "
            + "what to put in its place. The source itself is asked where the mirror fails. A mirror gets the request's "
            + "headers, tokens among them."
    )
    static let credentials = Setting<String?>.path(
        "downloads.credentials_file",
        example: "/etc/precache/sources",
        help:
            "A file of credentials for sources, which nobody but its owner may read. A line each: the beginning of URLs, then "
            + "'basic USER:PASSWORD' or 'header NAME: VALUE'. They go to that beginning alone, and never along with a redirect "
            + "to another server."
    )
    static let internalRedirects = Setting<Bool>.bool(
        "downloads.allow_internal_redirects",
        default: false,
        help:
            "Whether a source may redirect to another server at a loopback, link-local, metadata or multicast address. An "
            + "image's own URL may always lead there."
    )
    static let plainRedirects = Setting<Bool>.bool(
        "downloads.allow_plain_redirects",
        default: false,
        help:
            "Whether a redirect may lead from https to http, for images whose digest is known. Credentials don't go along."
    )
    static let unknownSize = Setting<Int>.bytes(
        "downloads.unknown_size_evicts_bytes",
        default: 0,
        help:
            "How many bytes of unused images may go for a download whose size only its source tells, or nobody; a size in "
            + "the catalogue is believed, and room made for it."
    )

    /// The settings of this group.
    static let downloading: [any AnySetting] = [
        concurrent, rate, sourceCA, idle, minimumSpeed, minimumSeconds, proxy, noProxy, proxyFromEnvironment,
        mirrors,
        credentials, internalRedirects, plainRedirects, unknownSize,
    ]
}

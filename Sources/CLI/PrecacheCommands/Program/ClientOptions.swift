import ArgumentParser

/// The options that say how to reach the service, under whatever names a command has room for.
protocol ClientOptionSet: ParsableArguments {
    /// What the option of the service's address is called.
    static var addressNames: [String] { get }

    /// The service's address, if given.
    var url: String? { get }

    /// The options that have the same names everywhere.
    var common: CommonOptions { get }
}

/// What every command takes: where the service is, who asks, and how to write what it says.
struct ClientOptions: ClientOptionSet {
    static let addressNames = ["--url", "--service-url"]

    @Option(
        name: [.customLong("url"), .customLong("service-url")],
        help: "The service's address. Default: PRECACHE_URL, the context's, http://127.0.0.1:7700."
    )
    var url: String?

    @OptionGroup
    var common: CommonOptions
}

/// ``ClientOptions`` for `precache image set` and `webhook set`, where `--url` is the image's or the receiver's.
struct ImageClientOptions: ClientOptionSet {
    static let addressNames = ["--service-url"]

    @Option(
        name: .customLong("service-url"),
        help: "The service's address. Default: PRECACHE_URL, the context's, http://127.0.0.1:7700."
    )
    var url: String?

    @OptionGroup
    var common: CommonOptions
}

/// Who asks, whom to trust, and how to write what the service says.
struct CommonOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A context of 'precache config' that counts before the environment. Default: PRECACHE_CONTEXT, the current one.",
            valueName: "name"
        ),
        completion: .contexts
    )
    var context: String?

    @Option(
        help: ArgumentHelp(
            "A file that holds the access token alone. Default: the token in PRECACHE_TOKEN, or PRECACHE_TOKEN_FILE.",
            valueName: "path"
        ),
        completion: .file()
    )
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "PEM file of the authorities to check the service against. Default: PRECACHE_CA, else the system's.",
            valueName: "path"
        ),
        completion: .file()
    )
    var caFile: String?

    @Option(
        help: ArgumentHelp(
            "PEM file of a certificate to show to the service. Default: PRECACHE_CERTIFICATE.",
            valueName: "path"
        ),
        completion: .file()
    )
    var certificate: String?

    @Option(
        help: ArgumentHelp("PEM file of that certificate's key. Default: PRECACHE_KEY.", valueName: "path"),
        completion: .file()
    )
    var key: String?

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("How results are written.", valueName: "format")
    )
    var output: OutputFormat = .table

    @Flag(help: "Show the requests and answers on standard error, without secrets.")
    var debug = false
}

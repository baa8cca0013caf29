import ArgumentParser

/// Who asks, whom to trust, and how to write what the service says.
struct CommonOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file that holds the access token alone. Default: the token in PRECACHE_TOKEN.",
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
}

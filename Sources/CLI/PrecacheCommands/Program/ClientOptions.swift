import ArgumentParser

/// What every command takes: where the service is, who asks, and how to write what it says.
struct ClientOptions: ParsableArguments {
    @Option(help: "The service's address. Default: PRECACHE_URL, else http://127.0.0.1:7700.")
    var url: String?

    @Option(
        help: "A file that holds the access token alone. Default: the token in PRECACHE_TOKEN.",
        completion: .file()
    )
    var tokenFile: String?

    @Option(
        help: "PEM file of the authorities that the service's certificate is checked against. Default: PRECACHE_CA, else the system's.",
        completion: .file()
    )
    var caFile: String?

    @Option(
        help: "PEM file of the certificate to show to the service. Default: PRECACHE_CERTIFICATE.",
        completion: .file()
    )
    var certificate: String?

    @Option(help: "PEM file of that certificate's key. Default: PRECACHE_KEY.", completion: .file())
    var key: String?

    @Option(name: [.customShort("o"), .long], help: "How results are written: table or json.")
    var output: OutputFormat = .table
}

import ArgumentParser

/// What every command takes: where the service is, who asks, and how to write what it says.
struct ClientOptions: ClientOptionSet {
    @Option(
        name: [.customLong("url"), .customLong("service-url")],
        help: "The service's address. Default: PRECACHE_URL, else http://127.0.0.1:7700."
    )
    var url: String?

    @OptionGroup
    var common: CommonOptions
}

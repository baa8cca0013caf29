import ArgumentParser

/// The options that say how to reach the service, under whatever names a command has room for.
protocol ClientOptionSet: ParsableArguments {
    /// The service's address, if given.
    var url: String? { get }

    /// The options that have the same names everywhere.
    var common: CommonOptions { get }
}

import ArgumentParser
import HTTPFetching
import LoadGeneration
import Reactor

/// Puts a steady load on a URL.
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Send GET requests at a steady rate and print their latencies.",
        discussion:
            "Each is timed from when it was due, so a stall counts for every request that it made wait."
    )

    @Argument(help: "What to ask for.")
    var url: String

    @Option(help: "Requests a second.")
    var rate = 200.0

    @Option(help: ArgumentHelp("For how long.", valueName: "seconds"))
    var `for` = 10.0

    @Option(help: "Requests at once, at most.")
    var connections = 16

    @Option(help: ArgumentHelp("A file with the access token.", valueName: "path"))
    var tokenFile: String?

    @Option(help: ArgumentHelp("PEM file of the authorities to check the server against.", valueName: "path"))
    var caFile: String?

    @Option(name: [.customShort("o"), .long], help: "How the result is written.")
    var output = OutputFormat.text

    func validate() throws {
        guard rate > 0, rate <= 1_000_000 else { throw ValidationError("--rate must be above 0") }
        guard `for` > 0, `for` <= 86_400 else {
            throw ValidationError("--for must be from 0 to 86400 seconds")
        }
        guard (1...10_000).contains(connections) else {
            throw ValidationError("--connections must be from 1 to 10000")
        }
    }

    func run() async throws {
        let load = SteadyLoad(
            url: url,
            token: try SecretFile.read(tokenFile),
            rate: rate,
            duration: .seconds(`for`),
            connections: connections
        )
        let loop = try EventLoop(name: "load")
        let fetcher = try HTTPFetcher(
            loop: loop,
            configuration: FetcherConfiguration(
                idleConnections: connections,
                tls: ClientTLS(caFile: caFile),
                userAgent: "precache-bench"
            )
        )
        let result = await load.run(with: fetcher, on: loop)
        await fetcher.stop()
        loop.stop()
        print(output == .json ? json(result) : text(result))
        if result.latencies.count == 0 { throw ExitCode.failure }
    }

    private static let percentiles = [50.0, 90, 99, 99.9]

    private func json(_ result: LoadResult) -> String {
        let latencies = result.latencies
        let marks = Self.percentiles.map { "\"p\($0)\":\(latencies.milliseconds(atPercentile: $0))" }
        return """
            {"requests":\(latencies.count),"failures":\(result.failures),"seconds":\(result.seconds),\
            "milliseconds":{\(marks.joined(separator: ",")),"max":\(latencies.longestMilliseconds)}}
            """
    }

    private func text(_ result: LoadResult) -> String {
        let latencies = result.latencies
        var lines = ["requests \(latencies.count), failures \(result.failures), \(result.seconds) s"]
        lines += Self.percentiles.map { "p\($0)  \(latencies.milliseconds(atPercentile: $0)) ms" }
        return (lines + ["max  \(latencies.longestMilliseconds) ms"]).joined(separator: "\n")
    }
}

import ArgumentParser

/// `precache-bench`.
@main
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "precache-bench",
        abstract: "Simulates fleets, puts load on a service, and reports what benchmarks measured.",
        discussion: """
            deploy/bench.sh runs the whole suite beside its comparators. To rehearse a policy on a fleet of your size:

              precache-bench fleet --hosts 10000 --fail 1% --slow 2% --bandwidth 1Gbit/s --inventory fleet.json
              precache inventory apply -f fleet.json
              precache cache fleet sim-image-1 --parallelism 10% --wait
            """,
        version: "0.1.0",
        subcommands: [FleetCommand.self, LoadCommand.self, ReportCommand.self, CapacityCommand.self]
    )
}

import ArgumentParser
import Measuring

/// Says what fleets need.
struct CapacityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capacity",
        abstract: "Say what fleets of 1,000, 10,000 and 100,000 hosts need, from measured costs.",
        discussion: "Prints the page deploy/capacity.md; deploy/bench.sh measures the costs."
    )

    @Argument(help: "The costs: deploy/benchmarks/costs.json.")
    var costs: String

    func run() throws {
        let sheet = try CostSheet(json: try LocalFile.read(costs))
        print(CapacityPage(sheet).text(), terminator: "")
    }
}

import ArgumentParser
import DistributionModel
import FleetSimulator

/// Plays the exchange of an image in virtual time.
struct DistributionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distribution",
        abstract: "Foretell how long a fleet takes to exchange an image, and what it costs the source.",
        discussion: """
            The rules are those of the service's planner and the agents; time, links and hosts are a model. Times are in \
            seconds and, in brackets, in those that one host alone would need.

              precache-bench distribution --hosts 1300 --image-bytes 1700MB --bandwidth 1Gbit/s
            """
    )

    @Option(help: "Hosts.")
    var hosts = 32

    @Option(help: "The image's size, for example 3GB.")
    var imageBytes = ByteCount(bytes: 256 << 20)

    @Option(help: ArgumentHelp("What a host's link takes, each way: 1Gbit/s, 50MB/s.", valueName: "rate"))
    var bandwidth = Bandwidth(bytesPerSecond: 125_000_000)

    @Option(
        help: ArgumentHelp(
            "What the source sends to all together; a host's link by default.",
            valueName: "rate"
        )
    )
    var sourceBandwidth: Bandwidth?

    @Option(help: "Zones that the hosts stand in.")
    var zones = 1

    @Option(help: ArgumentHelp("What a zone sends to and gets from all others together.", valueName: "rate"))
    var crossBandwidth: Bandwidth?

    @Option(
        help: ArgumentHelp(
            "From a request until its answer begins: the way to and fro, and queues; 100ms, 0.1s. (default: 0.5ms)",
            valueName: "time"
        ),
        transform: { text in
            guard let time = DelayRange.duration(text[...]) else {
                throw ValidationError("'\(text)' is no time such as 100ms or 0.1s")
            }
            return time
        }
    )
    var roundTrip: Duration?

    @Option(help: "Hosts with a quarter of a link.")
    var slow = 0

    @Option(help: "Hosts that die at half of the time.")
    var killed = 0

    @Option(help: "Hosts that read the source.")
    var seeds = 2

    @Option(help: "Decides all that is left to chance; the same draw gives the same.")
    var draw: UInt64 = 1

    @Option(help: "How results are written.")
    var output = OutputFormat.text

    func validate() throws {
        guard hosts >= 1, zones >= 1, seeds >= 1, slow >= 0, killed >= 0, slow + killed + seeds <= hosts
        else {
            throw ValidationError("there must be hosts enough for --seeds, --slow and --killed together")
        }
        guard imageBytes.bytes > 0 else { throw ValidationError("--image-bytes must be more than 0") }
    }

    func run() throws {
        var plan = DistributionModel.Plan()
        plan.hosts = hosts
        plan.zones = zones
        plan.slow = slow
        plan.killed = killed
        plan.draw = draw
        plan.seeds = seeds
        plan.rate = bandwidth.bytesPerSecond
        plan.sourceRate = (sourceBandwidth ?? bandwidth).bytesPerSecond
        plan.crossRate = crossBandwidth?.bytesPerSecond
        if let roundTrip { plan.roundTrip = roundTrip / .seconds(1) }
        plan.cut(Int64(imageBytes.bytes))
        var model = DistributionModel(plan)
        let result = model.run()
        let alone = plan.bytes / plan.rate
        let rows: [(name: String, label: String, value: Double, isTime: Bool)] = [
            ("median_seconds", "half of the hosts", result.percentile(0.5), true),
            ("p99_seconds", "99 of 100 hosts", result.percentile(0.99), true),
            ("last_seconds", "the last healthy host", result.healthy.last ?? .infinity, true),
            ("copies", "copies from the source", result.sourceBytes / plan.bytes, false),
            ("crossings", "most copies into a zone", (result.crossings.max() ?? 0) / plan.bytes, false),
            ("largest_upload", "copies that one host gave at most", result.largestUpload / plan.bytes, false),
            ("unfinished", "hosts without the image", Double(result.unfinished), false),
        ]
        switch output {
        case .json:
            print(
                "{" + rows.map { "\"\($0.name)\":\(Self.text($0.value, digits: 4))" }.joined(separator: ",")
                    + "}"
            )
        case .text:
            for row in rows {
                let label = row.label + String(repeating: " ", count: 36 - row.label.count)
                let ratio = row.isTime ? " s (\(Self.text(row.value / alone, digits: 2)))" : ""
                print(label + Self.text(row.value, digits: 2) + ratio)
            }
        }
    }

    private static func text(_ value: Double, digits: Int) -> String {
        guard value.isFinite else { return "null" }
        let scale = digits == 4 ? 10_000.0 : 100.0
        return "\((value * scale).rounded() / scale)"
    }
}

/// The model as a page: what one service needs, what a source needs, and how the model's word was kept.
package struct CapacityPage: Sendable {
    private let sheet: CostSheet
    private let model: CapacityModel

    private static let fleets = [1_000.0, 10_000, 100_000]
    private static let images = 5.0
    private static let mebi = 1_048_576.0
    private static let heartbeatInterval = 30.0

    /// Takes what was measured.
    package init(_ sheet: CostSheet) {
        self.sheet = sheet
        model = CapacityModel(sheet)
    }

    /// The page's text.
    package func text() -> String {
        [introduction, costs, service, source, checks].joined(separator: "\n\n") + "\n"
    }

    private let introduction = """
        # What fleets need

        Made by `precache-bench capacity` from `deploy/benchmarks/costs.json`, which `deploy/bench.sh capacity` measures:
        change nothing here by hand. The figures are of the machine that measured them (see
        [benchmarks/RESULTS.md](benchmarks/RESULTS.md)), two cores that the service shared with the simulated fleet.
        """

    private var costs: String {
        func row(_ name: String, _ cost: CapacityModel.Cost) -> String {
            "| \(name) | \(Figures.text(cost.cpu * 1e6)) µs | \(bytes(cost.written)) | \(bytes(cost.network)) | \(bytes(cost.memory)) |"
        }
        let beat = sheet.heartbeat
        let progress = sheet.progress.cpuSeconds / sheet.progress.hosts
        return """
            ## Measured costs

            | | processor | written to disk | network, both ways | memory |
            |---|---|---|---|---|
            \(row("a host of a job", model.host))
            \(row("an image on a host, with its events", model.image))
            \(row("a host that has its transactions to itself, on top", model.alone))
            | a heartbeat with 20 images | \(Figures.text(beat.cpuSeconds * 1e6)) µs | \(bytes(beat.writtenBytes)) | | |
            | a host in the inventory | | | | \(bytes(model.rest.host)) |

            Hosts that end within \(Figures.text(model.turn * 1_000)) ms of each other share a transaction; a job that its source
            slows down has more transactions of fewer hosts. At rest the service has \(mebibytes(model.rest.base)). \(Figures.text(model.hostsPerSecond)) hosts a second get
            through when no download holds them up. A host whose download takes 10 s and tells its progress twice a second
            costs \(Figures.text(progress * 1e6)) µs. The service sees none of an image's bytes.
            """
    }

    private var service: String {
        let rows = Self.fleets.map { hosts -> String in
            let needs = model.needs(hosts: hosts, images: Self.images, transfer: 0)
            let beats = hosts / Self.heartbeatInterval
            let share = beats * sheet.heartbeat.cpuSeconds * 100
            return
                "| \(Figures.text(hosts)) | \(Figures.text(needs.seconds)) s | \(Figures.text(needs.total.cpu)) s "
                + "| \(Figures.text(share)) % of a core (\(Figures.text(beats))/s) | \(mebibytes(needs.rest + needs.total.memory)) "
                + "| \(mebibytes(needs.total.written)) | \(mebibytes(needs.total.network)) |"
        }
        let most = sheet.heartbeat.mostPerSecond * Self.heartbeatInterval
        return """
            ## What one `precached` needs

            A job of \(Int(Self.images)) images on every host, and a heartbeat of each every \(Int(Self.heartbeatInterval)) s:

            | hosts | its own time of the job | processor for it | heartbeats | memory | written | network |
            |---|---|---|---|---|---|---|
            \(rows.joined(separator: "\n"))

            **Where it breaks first.** Downloads take far longer than the service's own work, so a job is bound by its image
            source (below) long before it is bound by `precached`. Of the service itself the first to give is one serving
            thread's time for heartbeats: \(Figures.text(sheet.heartbeat.mostPerSecond)) a second, which is a fleet of
            \(Figures.text(most)) hosts at 30 s; beyond, raise `listen.threads` or `service.heartbeat_seconds`. Then come the
            limits that have settings: `fanout.max_in_flight` (1,000 hosts at once) and `listen.limits.connections`.
            """
    }

    private var source: String {
        let (image, link) = (10e9, 1.25e9)
        let limits = [16.0, 64, 256]
        let rows = Self.fleets.map { hosts -> String in
            let cells = limits.map { limit -> String in
                let seconds = CapacityModel.transfer(
                    hosts: hosts,
                    bytes: image,
                    source: link,
                    downloads: limit,
                    link: link
                )
                return "\(Self.span(seconds)) (\(Self.span(limit * image / link)) each)"
            }
            return
                "| \(Figures.text(hosts)) | \(Figures.text(hosts * image / 1e12)) TB | \(cells.joined(separator: " | ")) |"
        }
        let heads = limits.map { "`source.max_downloads` = \(Int($0))" }.joined(separator: " | ")
        return """
            ## What an image of 10 GB costs a source of 10 Gbit/s

            Every byte leaves the source once for each host. The limit doesn't change when the last host is done, as long as
            the downloads together fill the link; it decides how long each takes, so how many hosts are ready early, and how
            much of `fanout.host_timeout_seconds` (1,800 s by default) a download needs.

            | hosts | sent by the source | \(heads) |
            |---|---|\(limits.map { _ in "---|" }.joined())
            \(rows.joined(separator: "\n"))

            With the default of 64 a download takes \(Self.span(64 * image / link)), within the default time limit; with 256
            it would take \(Self.span(256 * image / link)), beyond it. A source of a tenth of that link needs ten times as long:
            then lower the limit, or raise the time limit.
            """
    }

    private var checks: String {
        var rows: [String] = []
        for check in sheet.checks {
            let told = model.prediction(of: check)
            let job = check.job
            let head = "| \(Figures.text(job.hosts)), \(Figures.text(check.imageBytes / 1e6)) MB "
            let pairs = [
                (told.seconds, job.seconds), (told.total.cpu, job.cpuSeconds),
                (told.total.written / Self.mebi, job.writtenBytes / Self.mebi),
                (told.total.network / Self.mebi, job.networkBytes / Self.mebi),
                ((told.rest + told.total.memory) / Self.mebi, (job.restBytes + job.memoryBytes) / Self.mebi),
            ]
            rows.append(
                head + pairs.map { "| \(Figures.text($0.0)) → \(Figures.text($0.1)) " }.joined() + "|"
            )
        }
        return """
            ## The model's word, and how it was kept

            Jobs that the fleet simulator played with a source of 10 Gbit/s and the default limit of 64 downloads;
            *prediction → measurement*. The costs above come from other runs than these.

            | hosts, image | seconds | processor s | written MiB | network MiB | memory MiB |
            |---|---|---|---|---|---|
            \(rows.joined(separator: "\n"))
            """
    }

    private func bytes(_ value: Double) -> String {
        value >= 10_240 ? "\(Figures.text(value / 1_024)) KiB" : "\(Figures.text(value)) B"
    }

    private func mebibytes(_ value: Double) -> String { "\(Figures.text(value / Self.mebi)) MiB" }

    private static func span(_ seconds: Double) -> String {
        if seconds < 120 { return "\(Figures.text(seconds)) s" }
        if seconds < 7_200 { return "\(Figures.text(seconds / 60)) min" }
        return seconds < 172_800
            ? "\(Figures.text(seconds / 3_600)) h" : "\(Figures.text(seconds / 86_400)) days"
    }
}

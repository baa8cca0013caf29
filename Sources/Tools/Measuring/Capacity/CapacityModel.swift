/// What fleets of any size need, from what a host, an image and a heartbeat were measured to cost.
///
/// Linear in hosts, because the growth benchmark says so, and honest about nothing else: another machine, a slower disk
/// and agents far away change the costs, not the shape.
package struct CapacityModel: Sendable {
    /// What each of something costs.
    package struct Cost: Sendable, Equatable {
        /// Processor seconds.
        package var cpu = 0.0
        /// Bytes written to the disk.
        package var written = 0.0
        /// Bytes on the network, both ways.
        package var network = 0.0
        /// Bytes of memory.
        package var memory = 0.0
    }

    /// What a fleet needs while a job runs.
    package struct Needs: Sendable, Equatable {
        /// The time of the job.
        package var seconds: Double
        /// What it costs in all.
        package var total: Cost
        /// The memory at rest, before the job.
        package var rest: Double
    }

    /// A host of a job, besides its images.
    package let host: Cost
    /// An image on a host.
    package let image: Cost
    /// What a host costs on top when it has its transactions to itself.
    package let alone: Cost
    /// How long a host takes that waits for nobody: as many as come in that time share their transactions.
    package let turn: Double
    /// The memory of an inventory entry, and what no host is to blame for.
    package let rest: (base: Double, host: Double)
    /// Hosts a second that get through when no download holds them up.
    package let hostsPerSecond: Double

    /// Takes the costs from a sheet.
    package init(_ sheet: CostSheet) {
        let (one, five) = (sheet.oneImage, sheet.fiveImages)
        func perImage(_ figure: (CostSheet.Job) -> Double) -> Double {
            max(0, (figure(five) / five.hosts - figure(one) / one.hosts) / (five.images - one.images))
        }
        image = Cost(
            cpu: perImage(\.cpuSeconds),
            written: perImage(\.writtenBytes),
            network: perImage(\.networkBytes),
            memory: perImage(\.memoryBytes)
        )
        host = Cost(
            cpu: max(0, one.cpuSeconds / one.hosts - image.cpu),
            written: max(0, one.writtenBytes / one.hosts - image.written),
            network: max(0, one.networkBytes / one.hosts - image.network),
            memory: max(0, one.memoryBytes / one.hosts - image.memory)
        )
        let single = sheet.oneByOne
        alone = Cost(
            cpu: max(0, single.cpuSeconds / single.hosts - one.cpuSeconds / one.hosts),
            written: max(0, single.writtenBytes / single.hosts - one.writtenBytes / one.hosts)
        )
        turn = single.seconds / single.hosts
        hostsPerSecond = one.hosts / one.seconds
        rest = Self.rest(sheet)
    }

    /// A line through the memory at rest of the smallest and the largest fleet that were measured.
    private static func rest(_ sheet: CostSheet) -> (base: Double, host: Double) {
        let jobs = sheet.checks.map(\.job) + [sheet.oneImage]
        let sorted = jobs.sorted { $0.hosts < $1.hosts }
        guard let small = sorted.first, let large = sorted.last, large.hosts > small.hosts else {
            return (sheet.oneImage.restBytes, 0)
        }
        let slope = max(0, (large.restBytes - small.restBytes) / (large.hosts - small.hosts))
        return (small.restBytes - slope * small.hosts, slope)
    }

    /// What a job needs.
    ///
    /// - Parameters:
    ///   - hosts: Its hosts.
    ///   - images: Its images.
    ///   - transfer: The time that the source needs for all the bytes.
    /// - Returns: Time, costs and memory.
    package func needs(hosts: Double, images: Double, transfer: Double) -> Needs {
        // A download's place is free when the outcome before it is on the disk: meanwhile the source waits.
        let seconds = transfer + hosts / hostsPerSecond
        let company = max(1, hosts / seconds * turn)
        func all(_ figure: (Cost) -> Double) -> Double {
            hosts * (figure(host) + images * figure(image) + figure(alone) / company)
        }
        return Needs(
            seconds: seconds,
            total: Cost(
                cpu: all(\.cpu),
                written: all(\.written),
                network: all(\.network),
                memory: all(\.memory)
            ),
            rest: rest.base + rest.host * hosts
        )
    }

    /// The time that a source needs to send an image to every host, so many at once.
    ///
    /// - Parameters:
    ///   - hosts: How many hosts.
    ///   - bytes: The image's size.
    ///   - source: What the source sends, in bytes a second.
    ///   - downloads: Downloads at once, at most.
    ///   - link: What one host receives, in bytes a second.
    /// - Returns: Seconds until the last host has it.
    package static func transfer(
        hosts: Double,
        bytes: Double,
        source: Double,
        downloads: Double,
        link: Double = .infinity
    ) -> Double {
        let waves = (hosts / downloads).rounded(.down)
        let last = hosts - waves * downloads
        let full = waves * bytes / min(link, source / downloads)
        return last > 0 ? full + bytes / min(link, source / last) : full
    }

    /// What the model says of a job that was played.
    package func prediction(of check: CostSheet.Check) -> Needs {
        let transfer = Self.transfer(
            hosts: check.job.hosts,
            bytes: check.imageBytes,
            source: check.sourceBytesPerSecond,
            downloads: check.downloads
        )
        return needs(hosts: check.job.hosts, images: check.job.images, transfer: transfer)
    }
}

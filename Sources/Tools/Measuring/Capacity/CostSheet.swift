import FoundationEssentials

/// What was measured of one `precached`: `deploy/benchmarks/costs.json`.
package struct CostSheet: Decodable, Sendable {
    /// What one job cost the service.
    package struct Job: Decodable, Sendable {
        /// Hosts of the job.
        package let hosts: Double
        /// Images of the job.
        package let images: Double
        /// From its acceptance to its durable end.
        package let seconds: Double
        /// Processor time of the service.
        package let cpuSeconds: Double
        /// Bytes that the service had written to the disk.
        package let writtenBytes: Double
        /// Bytes between service and agents, both ways, frames included.
        package let networkBytes: Double
        /// The service's peak memory above what it has at rest.
        package let memoryBytes: Double
        /// The service's memory at rest, with the inventory in.
        package let restBytes: Double

        enum CodingKeys: String, CodingKey {
            case hosts
            case images
            case seconds
            case cpuSeconds = "cpu_seconds"
            case writtenBytes = "written_bytes"
            case networkBytes = "network_bytes"
            case memoryBytes = "memory_bytes"
            case restBytes = "rest_bytes"
        }
    }

    /// What one heartbeat costs.
    package struct Heartbeat: Decodable, Sendable {
        /// Processor time.
        package let cpuSeconds: Double
        /// Bytes written to the disk.
        package let writtenBytes: Double
        /// Heartbeats a second that one serving thread takes.
        package let mostPerSecond: Double

        enum CodingKeys: String, CodingKey {
            case cpuSeconds = "cpu_seconds"
            case writtenBytes = "written_bytes"
            case mostPerSecond = "most_per_second"
        }
    }

    /// A job that the simulator played, for the model to be held against.
    package struct Check: Decodable, Sendable {
        /// What it cost.
        package let job: Job
        /// The image's size.
        package let imageBytes: Double
        /// What the source sends.
        package let sourceBytesPerSecond: Double
        /// Downloads at once.
        package let downloads: Double

        enum CodingKeys: String, CodingKey {
            case imageBytes = "image_bytes"
            case sourceBytesPerSecond = "source_bytes_per_second"
            case downloads
        }

        /// Reads a check, whose job's figures stand beside its own.
        package init(from decoder: any Decoder) throws {
            job = try Job(from: decoder)
            let values = try decoder.container(keyedBy: CodingKeys.self)
            imageBytes = try values.decode(Double.self, forKey: .imageBytes)
            sourceBytesPerSecond = try values.decode(Double.self, forKey: .sourceBytesPerSecond)
            downloads = try values.decode(Double.self, forKey: .downloads)
        }
    }

    /// A job of one image on hosts that answer at once.
    package let oneImage: Job
    /// The same of five images.
    package let fiveImages: Job
    /// A job of one image with one host at a time, so that nobody shares a transaction.
    package let oneByOne: Job
    /// A job of one image whose download takes long enough for progress to be told.
    package let progress: Job
    /// Heartbeats.
    package let heartbeat: Heartbeat
    /// Jobs to hold the model against.
    package let checks: [Check]

    enum CodingKeys: String, CodingKey {
        case oneImage = "one_image"
        case fiveImages = "five_images"
        case oneByOne = "one_by_one"
        case progress
        case heartbeat
        case checks
    }

    /// Reads a sheet.
    ///
    /// - Throws: ``MeasuringError`` when it is another shape.
    package init(json: [UInt8]) throws(MeasuringError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(json))
        } catch {
            throw MeasuringError("the costs can't be read: \(error)")
        }
    }
}

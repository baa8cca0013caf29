import Testing

@testable import Measuring

struct CapacityTests {
    private static func job(
        hosts: Int,
        images: Int,
        seconds: Double,
        cpu: Double,
        rest: Double,
        more: String = ""
    ) -> String {
        """
        {"hosts":\(hosts),"images":\(images),"seconds":\(seconds),"cpu_seconds":\(cpu),"written_bytes":\(cpu * 1e6),\
        "network_bytes":\(cpu * 1e6),"memory_bytes":\(cpu * 1e6),"rest_bytes":\(rest)\(more)}
        """
    }

    private static let check = ",\"image_bytes\":10,\"source_bytes_per_second\":100,\"downloads\":64"

    private func sheet() throws -> CostSheet {
        let text = """
            {"one_image":\(Self.job(hosts: 100, images: 1, seconds: 2, cpu: 3, rest: 2_000)),\
            "five_images":\(Self.job(hosts: 100, images: 5, seconds: 4, cpu: 7, rest: 2_000)),\
            "one_by_one":\(Self.job(hosts: 10, images: 1, seconds: 1, cpu: 0.8, rest: 1_000)),\
            "progress":\(Self.job(hosts: 10, images: 1, seconds: 2, cpu: 1, rest: 1_000)),\
            "heartbeat":{"cpu_seconds":0.001,"written_bytes":50,"most_per_second":1000},\
            "checks":[\(Self.job(hosts: 200, images: 1, seconds: 20, cpu: 6, rest: 3_000, more: Self.check))]}
            """
        return try CostSheet(json: Array(text.utf8))
    }

    @Test func costsComeFromTheDifferenceOfJobs() throws {
        let model = CapacityModel(try sheet())
        #expect(abs(model.image.cpu - 0.01) < 1e-9 && abs(model.host.cpu - 0.02) < 1e-9)
        #expect(model.hostsPerSecond == 50)
        #expect(model.rest == (base: 1_000, host: 10))
        let needs = model.needs(hosts: 1_000, images: 2, transfer: 5)
        // 40 hosts a second, of which 4 share their transactions.
        #expect(abs(model.alone.cpu - 0.05) < 1e-9 && model.turn == 0.1)
        #expect(needs.seconds == 25 && abs(needs.total.cpu - 52.5) < 1e-9 && needs.rest == 11_000)
    }

    @Test func theSourcesLinkBoundsTheTransfer() {
        // 100 hosts, 10 at once over a link of 50: each download has 5 a second.
        #expect(CapacityModel.transfer(hosts: 100, bytes: 20, source: 50, downloads: 10) == 40)
        // A host's own link of 2 is slower than its share.
        #expect(CapacityModel.transfer(hosts: 100, bytes: 20, source: 50, downloads: 10, link: 2) == 100)
        // The last host has the whole link for itself.
        #expect(CapacityModel.transfer(hosts: 101, bytes: 20, source: 50, downloads: 10) == 40.4)
        #expect(CapacityModel.transfer(hosts: 5, bytes: 20, source: 50, downloads: 10) == 2)
    }

    @Test func thePageShowsPredictionBesideMeasurement() throws {
        let text = CapacityPage(try sheet()).text()
        #expect(text.contains("*prediction → measurement*"))
        #expect(text.contains("| 200, 0.000 MB | 24.0 → 20.0 | 16.0 → 6.00 |"))
        #expect(text.contains("| 100,000 | 1,000 TB |"))
    }

    @Test func anotherShapeIsRefused() {
        #expect(throws: MeasuringError.self) { try CostSheet(json: Array("{}".utf8)) }
    }
}

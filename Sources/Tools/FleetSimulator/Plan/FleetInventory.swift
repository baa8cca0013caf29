import PrecacheAPI

/// The fleet as `precache inventory apply -f` takes it.
package struct FleetInventory: Sendable {
    private let plan: FleetPlan
    private let aggregate: String
    private let images: Int
    private let imageBytes: Int64

    /// Describes an inventory.
    ///
    /// - Parameters:
    ///   - plan: The hosts.
    ///   - aggregate: The name of the one aggregate, which has them all.
    ///   - images: How many images the catalogue gets: `sim-image-1` and so on.
    ///   - imageBytes: The size of each.
    package init(plan: FleetPlan, aggregate: String = "fleet", images: Int = 1, imageBytes: Int64 = 1 << 30) {
        self.plan = plan
        self.aggregate = aggregate
        self.images = images
        self.imageBytes = imageBytes
    }

    /// The document as JSON, which is YAML too.
    package func document() -> [UInt8] {
        var json = JSONWriter(capacity: 128 + plan.hosts * 80)
        json.object { json in
            json.array("hosts", 0..<plan.hosts) { json, index in
                json.object { json in
                    json.member("name", plan.name(of: index))
                    json.member("address", plan.address(of: index))
                    json.member("port", plan.port(of: index))
                }
            }
            json.array("aggregates", CollectionOfOne(aggregate)) { json, name in
                json.object { json in
                    json.member("name", name)
                    json.array("hosts", 0..<plan.hosts) { $0.string(plan.name(of: $1)) }
                }
            }
            json.array("images", 0..<images) { json, number in
                json.object { json in
                    json.member("id", "sim-image-\(number + 1)")
                    // Nobody fetches it: simulated hosts only count the time that it would take.
                    json.member("url", "http://127.0.0.1:9/sim-image-\(number + 1)")
                    json.member("size_bytes", imageBytes)
                    json.member("hash_algorithm", "sha256")
                    json.member("hash", String(repeating: "0", count: 64))
                    json.member("disk_format", "raw")
                }
            }
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }
}

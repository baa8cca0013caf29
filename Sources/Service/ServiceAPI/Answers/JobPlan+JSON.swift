import Coverage
import PrecacheAPI
import PrecacheModel

extension JSONWriter {
    /// The most hosts without room that are named.
    private static let named = 20

    /// Writes what a job would do in the shape of the service's API document.
    mutating func plan(_ plan: JobPlan) {
        object { json in
            json.object("plan") { json in
                json.object("hosts") { json in
                    json.member("total", JobPlan.Fate.allCases.reduce(0) { $0 + plan.hosts($1) })
                    for fate in JobPlan.Fate.allCases {
                        json.key(text: fate.rawValue)
                        json.integer(Int64(plan.hosts(fate)))
                    }
                }
                json.array("no_room", plan.shortages.prefix(Self.named)) { json, shortage in
                    json.object { json in
                        json.member("host", shortage.host.text)
                        json.member("needed_bytes", shortage.neededBytes)
                        json.member("free_bytes", shortage.freeBytes)
                    }
                }
                json.object("bytes") { json in
                    json.member("from_source", plan.fromSource)
                    json.member("between_hosts", plan.betweenHosts)
                    json.member("unsized_images", plan.unsizedImages)
                }
                json.finish(of: plan)
                json.array("warnings", plan.warnings) { json, warning in json.string(warning) }
            }
        }
    }

    private mutating func finish(of plan: JobPlan) {
        object("finish") { json in
            json.member("earliest_seconds", Self.wholeSeconds(plan.earliest))
            json.member("latest_seconds", Self.wholeSeconds(plan.latest))
            json.member("rests_on", plan.isMeasured ? "measured" : "assumed")
            json.member("host_bytes_per_second", Self.whole(plan.hostRate))
            json.member("source_bytes_per_second", Self.whole(plan.sourceRate))
        }
    }

    /// Rounded down; rates rest on what agents say, which may be anything.
    private static func whole(_ rate: Double) -> Int64 {
        rate.isFinite ? Int64(min(max(rate, 0), Double(ByteProgress.limit))) : ByteProgress.limit
    }

    /// Rounded up.
    private static func wholeSeconds(_ duration: Duration) -> Int64 {
        duration.components.seconds + (duration.components.attoseconds > 0 ? 1 : 0)
    }
}

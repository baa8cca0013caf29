import HTTPDoor
import HTTPServing
import HTTPTypes
import ImageCache
import InstanceUsage
import PrecacheAPI
import PrecacheModel

extension AgentRoutes {
    /// The most files of a page, which takes half a megabyte.
    private static let pageFiles = 1_000

    func addCache(to router: inout Router) {
        let upkeep = upkeep
        on(&router, .get, "/v1/cache") { request, _ throws(Problem) in
            let query = try Query(request, knows: ["limit", "after"])
            let limit = try query.integer("limit", 1...Self.pageFiles) ?? Self.pageFiles
            let after = try query["after"].map { text throws(Problem) in try Self.fileName(text) }
            guard let upkeep else { throw Self.noCache }
            do throws(CacheError) {
                let page = try await upkeep.page(after: after, limit: limit)
                var json = JSONWriter(capacity: 4_096 + page.files.count * 512)
                json.object { json in
                    json.key("cache")
                    json.cache(page)
                }
                return .json(json.bytes)
            } catch {
                throw Self.problem(error)
            }
        }
        on(&router, .post, "/v1/cache/sweep") { request, _ throws(Problem) in
            let isDryRun = try Query(request, knows: ["dry_run"]).flag("dry_run")
            guard let upkeep else { throw Self.noCache }
            let summary = await upkeep.sweep(dryRun: isDryRun)
            var json = JSONWriter()
            json.object { json in
                json.key("sweep")
                json.sweep(summary)
            }
            return .json(json.bytes)
        }
    }

    private static var noCache: Problem {
        Problem(.notFound, "no_cache", "this host's storage needs no cache (cache.backend is none)")
    }

    /// A file's name as pages give it.
    private static func fileName(_ text: String) throws(Problem) -> String {
        guard CachedFileName.isPossible(text) else {
            throw .parameter("after", "must be the 'next' of the page before")
        }
        return text
    }
}

/// The cache in the shape of the agent's API document.
extension JSONWriter {
    mutating func cache(_ page: CachePage) {
        object { json in
            json.member("directory", page.directory)
            json.member("instances_directory", page.instances)
            json.object("space") { json in
                json.member("total_bytes", page.space.totalBytes)
                json.member("free_bytes", page.space.freeBytes)
            }
            json.object("settings") { $0.members(page.configuration) }
            json.object("usage") { json in
                json.member("at", Timestamp(microseconds: page.lookedAtMicroseconds))
                json.member("problem", page.gap.map { String($0.prefix(2_000)) })
                json.member("processes_problem", page.processGap)
            }
            json.key("totals")
            if let totals = page.totals { json.object { $0.members(totals) } } else { json.null() }
            json.array("files", page.files) { $0.cacheFile($1) }
            json.array("removals", page.removals) { $0.removal($1) }
            json.key("last_sweep")
            if let sweep = page.lastSweep { json.sweep(sweep) } else { json.null() }
            json.member("next", page.next)
        }
    }

    mutating func sweep(_ sweep: SweepSummary) {
        object { json in
            json.member("at", Timestamp(microseconds: sweep.atMicroseconds))
            json.member("milliseconds", Int64(sweep.duration / .milliseconds(1)))
            json.member("dry_run", sweep.isDryRun)
            json.member("failure", sweep.failure)
            json.member("files", sweep.files)
            json.member("disk_bytes", sweep.diskBytes)
            json.member("unknown", sweep.unknown)
            json.object("kept") { json in
                for reason in KeepReason.allCases {
                    guard let count = sweep.kept[reason] else { continue }
                    json.key(text: reason.rawValue)
                    json.integer(Int64(count))
                }
            }
            json.member("renewed", sweep.renewed)
            json.member("removed", sweep.removed)
            json.member("removed_bytes", sweep.removedBytes)
            json.array("candidates", sweep.candidates) { $0.string($1) }
            json.member("disks", sweep.disks)
            json.member("headers_read", sweep.headersRead)
            json.member("header_bytes", sweep.headerBytes)
            json.member("problems", sweep.problems)
            json.array("problem_examples", sweep.problemExamples) { $0.string($1) }
        }
    }

    private mutating func members(_ settings: UpkeepConfiguration) {
        member("remove_unused", settings.removesUnused)
        member("unused_minimum_age_seconds", settings.unusedMinimumAge.components.seconds)
        member("resized_minimum_age_seconds", settings.resizedMinimumAge.components.seconds)
        member("sweep_interval_seconds", settings.sweepInterval.components.seconds)
        member("nova_files", settings.agesNovaFiles ? "age" : "leave")
        member("open_files", settings.asksProcesses ? "check" : "ignore")
        member("max_bytes", settings.maximumBytes)
        member("scrub_interval_seconds", settings.scrubInterval?.components.seconds ?? 0)
        member("scrub_rate_bytes_per_second", settings.scrubRate)
    }

    private mutating func members(_ totals: CacheTotals) {
        member("files", totals.files)
        member("bytes", totals.bytes)
        member("disk_bytes", totals.diskBytes)
        member("in_use", totals.inUse)
        member("pinned", totals.pinned)
        member("leased", totals.leased)
        member("damaged", totals.damaged)
        member("quarantined", totals.quarantined)
        member("unknown", totals.unknown)
    }

    private mutating func cacheFile(_ file: CacheFileReport) {
        object { json in
            json.member("name", file.name)
            json.member("kind", file.kind.rawValue)
            json.member("image_id", file.imageID?.text)
            json.member("size_bytes", file.sizeBytes)
            json.member("disk_bytes", file.diskBytes)
            json.member("last_used_at", file.lastUsedAtMicroseconds.map { Timestamp(microseconds: $0) })
            json.object("users") { json in
                json.member("disks", file.disks.count)
                json.array("disk_names", file.disks.names) { $0.string($1) }
                json.member("processes", file.processes.count)
                json.array("process_names", file.processes.names) { $0.string($1) }
                json.member("other_names", file.hasOtherNames)
            }
            json.member("pinned_until", file.pinnedUntilMicroseconds.map { Timestamp(microseconds: $0) })
            json.member("leased_until", file.leasedUntilMicroseconds.map { Timestamp(microseconds: $0) })
            json.array("policies", file.policies) { $0.string($1) }
            json.member("verified", file.isVerified)
            json.object("scrub") { json in
                let state =
                    file.isDamaged ? "damaged" : file.scrubbedAtMicroseconds == nil ? "never" : "right"
                json.member("state", file.hasDigest ? state : "no_digest")
                json.member("at", file.scrubbedAtMicroseconds.map { Timestamp(microseconds: $0) })
            }
            switch file.verdict {
            case .stays(let reason, let until):
                json.member("kept", reason.rawValue)
                json.member("kept_until", until.map { Timestamp(microseconds: $0) })
            case .mayGo:
                json.member("kept", String?.none)
                json.member("kept_until", Timestamp?.none)
            }
        }
    }

    private mutating func removal(_ note: RemovalNote) {
        object { json in
            json.member("name", note.name)
            json.member("image_id", note.imageID?.text)
            json.member("disk_bytes", note.diskBytes)
            json.member("reason", note.reason.rawValue)
            json.member("last_used_at", note.lastUsedAtMicroseconds.map { Timestamp(microseconds: $0) })
            json.member("at", Timestamp(microseconds: note.atMicroseconds))
        }
    }
}

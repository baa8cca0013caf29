import HTTPServing
import HTTPTypes
import ImageCache
import PrecacheAPI
import PrecacheModel

extension AgentRoutes {
    /// The most files of a page, which takes half a megabyte.
    private static let pageFiles = 1_000

    func addCache(to router: inout Router) {
        let upkeep = upkeep
        on(&router, .get, "/v1/cache") { request, _ throws(Problem) in
            let query = try Self.query(request, knows: ["limit", "after"])
            let limit = try Self.limit(query["limit"])
            let after = try query["after"].map { text throws(Problem) in try Self.fileName(text) }
            guard let upkeep else { throw Self.noCache }
            do throws(CacheError) {
                let page = try await upkeep.page(after: after, limit: limit)
                var json = JSONWriter(capacity: 4_096 + page.files.count * 512)
                json.object { json in
                    json.key("cache")
                    json.cache(page)
                }
                return Self.json(json.bytes)
            } catch {
                throw Self.problem(error)
            }
        }
        on(&router, .post, "/v1/cache/sweep") { request, _ throws(Problem) in
            let query = try Self.query(request, knows: ["dry_run"])
            let isDryRun: Bool
            switch query["dry_run"] {
            case nil, "false": isDryRun = false
            case "true": isDryRun = true
            default: throw Self.parameter("dry_run", "must be true or false")
            }
            guard let upkeep else { throw Self.noCache }
            let summary = await upkeep.sweep(dryRun: isDryRun)
            var json = JSONWriter()
            json.object { json in
                json.key("sweep")
                json.sweep(summary)
            }
            return Self.json(json.bytes)
        }
    }

    private static var noCache: Problem {
        Problem(.notFound, "no_cache", "this host's storage needs no cache (cache.backend is none)")
    }

    private static func limit(_ text: String?) throws(Problem) -> Int {
        guard let text else { return pageFiles }
        guard let limit = Int(text), (1...pageFiles).contains(limit) else {
            throw parameter("limit", "must be a whole number from 1 to \(pageFiles)")
        }
        return limit
    }

    /// A file's name as pages give it.
    private static func fileName(_ text: String) throws(Problem) -> String {
        guard CachedFileName.isPossible(text) else {
            throw parameter("after", "must be the 'next' of the page before")
        }
        return text
    }

    /// The query's items: each known, none twice.
    private static func query(_ request: Request, knows known: [String]) throws(Problem) -> [String: String] {
        var items: [String: String] = [:]
        let list: [(name: String, value: String)]
        do throws(HTTPFailure) {
            list = try request.queryItems()
        } catch {
            throw Problem(error)
        }
        for (name, value) in list where items.updateValue(value, forKey: name) != nil {
            throw parameter(name, "is given twice")
        }
        if let stranger = items.keys.first(where: { !known.contains($0) }) {
            let all = known.joined(separator: ", ")
            throw parameter(String(stranger.prefix(80)), "is not a known query parameter; known are \(all)")
        }
        return items
    }
}

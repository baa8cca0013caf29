import HTTPDoor
import HTTPServing
import HTTPTypes
import ImageCache
import PrecacheAPI
import PrecacheModel

extension AgentRoutes {
    func addImages(to router: inout Router) {
        let (cache, upkeep) = (cache, upkeep)
        on(&router, .get, "/v1/images") { _, _ throws(Problem) in
            do throws(CacheError) {
                return Self.list(try await cache?.images() ?? [])
            } catch {
                throw Self.problem(error)
            }
        }
        on(&router, .delete, "/v1/images/{image}") { _, parameters throws(Problem) in
            let id: ImageID
            do throws(InvalidValue) {
                id = try ImageID(parameters["image"] ?? "")
            } catch {
                throw Problem.parameter("image", error.description)
            }
            do throws(CacheError) {
                guard let upkeep else {
                    throw CacheError(
                        .notFound,
                        "image \(id) isn't cached: this host's storage needs no cache"
                    )
                }
                try await upkeep.remove(id)
            } catch {
                throw Self.problem(error)
            }
            return Response(status: .noContent)
        }
    }

    private static func list(_ images: [CachedImage]) -> Response {
        var json = JSONWriter(capacity: 64 + images.count * 512)
        json.object { json in
            json.array("images", images) { json, image in
                json.object { json in
                    json.member("id", image.id.text)
                    json.member("file", image.file)
                    json.member("size_bytes", image.sizeBytes)
                    json.member("hash_algorithm", image.digest?.algorithm.rawValue)
                    json.member("hash", image.digest?.hex)
                    json.member("verified", image.isVerified)
                    json.member("disk_format", (image.diskFormat ?? .raw).rawValue)
                    json.member("cached_at", Timestamp(microseconds: image.cachedAtMicroseconds))
                    json.member("last_used_at", Timestamp(microseconds: image.lastUsedAtMicroseconds))
                    let pin = image.pin?.untilMicroseconds
                    json.member("pinned_until", pin.map { Timestamp(microseconds: $0) })
                }
            }
        }
        return .json(json.bytes)
    }

    static func problem(_ error: CacheError) -> Problem {
        switch error.code {
        case .notFound: Problem(.notFound, "image_not_found", error.description)
        case .busy, .inUse: Problem(.conflict, "image_in_use", error.description)
        default: Problem(.serviceUnavailable, "io_error", error.description).retryAfter(.seconds(10))
        }
    }
}

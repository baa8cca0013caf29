internal import FanOut
internal import PrecacheAPI
internal import PrecacheModel

/// Writes the body of `PUT /v1/tasks/{task_id}` (``AgentTaskRequest``) without a detour through `Codable`: a job
/// sends one to each of its hosts.
enum TaskBody {
    /// The longest that the protocol lets a task take: a week.
    private static let longestSeconds = 604_800

    /// Writes the body for an attempt.
    ///
    /// - Parameters:
    ///   - task: The attempt.
    ///   - sources: Where images of an image service are, in place of their URLs.
    /// - Returns: The body.
    static func write(_ task: AgentTask, _ sources: [ImageID: [AgentSource]] = [:]) -> [UInt8] {
        var json = JSONWriter(capacity: 128 + 512 * task.images.count)
        json.object { json in
            json.member("job_id", task.job.text)
            json.member("attempt", task.attempt)
            json.member("timeout_seconds", seconds(task.timeout))
            // Left out where nothing is promised: an agent from before there were pins takes no field that it doesn't know.
            if let keep = task.keep { json.member("keep_seconds", keep.components.seconds) }
            json.array("images", task.images) { json, image in
                write(image, sources[image.id] ?? [AgentSource(url: image.url)], &json)
            }
        }
        return json.bytes
    }

    private static func write(
        _ image: ImageReference,
        _ sources: [AgentSource],
        _ json: inout JSONWriter
    ) {
        json.object { json in
            json.member("id", image.id.text)
            json.member("name", image.name)
            json.member("size_bytes", image.sizeBytes)
            json.member("hash_algorithm", image.digest?.algorithm.rawValue)
            json.member("hash", image.digest?.hex)
            json.member("disk_format", image.diskFormat.rawValue)
            json.member("allow_unverified", Bool?.some(image.allowsUnverified))
            json.array("sources", sources) { json, source in
                json.object { json in
                    json.member("url", source.url)
                    json.member("headers", source.headers)
                }
            }
        }
    }

    /// Whole seconds, rounded up, within the protocol's bounds.
    private static func seconds(_ duration: Duration) -> Int {
        let (whole, rest) = duration.components
        return Int(min(max(whole + (rest > 0 ? 1 : 0), 1), Int64(longestSeconds)))
    }
}

import PrecacheAPI
import PrecacheModel

/// Nova's versioned notifications of image caching, in oslo.messaging's envelope.
///
/// The payloads are those of Nova's `doc/notification_samples/aggregate-cache_images-*.json` (`AggregatePayload` 1.1,
/// `AggregateCachePayload` 1.0).
struct NovaNotification {
    static let contentType = "application/json"

    /// The host in `publisher_id`.
    let hostName: String

    /// `aggregate.cache_images.start` or `.end`, which Nova sends as its API.
    func phase(_ notice: Notice, _ aggregate: JobAggregate) -> [UInt8] {
        let phase = notice.shape == .novaStart ? "start" : "end"
        return envelope(notice, publisher: "nova-api", event: "aggregate.cache_images.\(phase)") { json in
            object(&json, name: "AggregatePayload", version: "1.1") { json in
                identity(&json, aggregate)
                json.array("hosts", aggregate.hosts) { json, host in json.string(host.text) }
                var metadata = aggregate.metadata
                metadata["availability_zone"] = aggregate.availabilityZone ?? metadata["availability_zone"]
                json.member("metadata", metadata)
            }
        }
    }

    /// `aggregate.cache_images.progress` of one host, which Nova sends as its conductor.
    func progress(
        _ notice: Notice,
        _ aggregate: JobAggregate,
        _ completion: HostCompletion,
        total: Int
    ) -> [UInt8] {
        envelope(notice, publisher: "nova-conductor", event: "aggregate.cache_images.progress") { json in
            object(&json, name: "AggregateCachePayload", version: "1.0") { json in
                identity(&json, aggregate)
                json.member("host", completion.host.text)
                json.array("images_cached", completion.cached) { json, image in json.string(image.text) }
                json.array("images_failed", completion.failed) { json, image in json.string(image.text) }
                json.member("index", completion.index)
                json.member("total", total)
            }
        }
    }

    /// What a test delivery carries: an envelope of a type that Nova doesn't have.
    func test(id: String, at now: Timestamp) -> [UInt8] {
        envelope(id: id, at: now, publisher: "nova-api", event: "precache.webhook.test") { json in
            json.object { _ in }
        }
    }

    private func identity(_ json: inout JSONWriter, _ aggregate: JobAggregate) {
        json.member("id", aggregate.id)
        // Of an aggregate that was removed meanwhile only the number and the name are known.
        json.member("uuid", aggregate.uuid ?? "00000000-0000-0000-0000-000000000000")
        json.member("name", aggregate.name.text)
    }

    private func object(
        _ json: inout JSONWriter,
        name: String,
        version: String,
        data: (inout JSONWriter) -> Void
    ) {
        json.object { json in
            json.member("nova_object.name", name)
            json.member("nova_object.namespace", "nova")
            json.member("nova_object.version", version)
            json.object("nova_object.data", data)
        }
    }

    private func envelope(
        _ notice: Notice,
        publisher: String,
        event: String,
        payload: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        envelope(id: notice.id, at: notice.event.at, publisher: publisher, event: event, payload: payload)
    }

    private func envelope(
        id: String,
        at moment: Timestamp,
        publisher: String,
        event: String,
        payload: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("message_id", id)
            json.member("publisher_id", "\(publisher):\(hostName)")
            json.member("event_type", event)
            json.member("priority", "INFO")
            json.key("payload")
            payload(&json)
            // As oslo.messaging writes it: Python's str() of a time without a zone.
            json.member("timestamp", String(moment.description.dropLast()).replacing("T", with: " "))
        }
        return json.bytes
    }
}

import PrecacheAPI
import PrecacheModel

/// Events as CloudEvents 1.0 in the JSON format's structured mode (cloudevents/formats/json-format.md, section 3).
struct CloudEvent {
    static let contentType = "application/cloudevents+json; charset=utf-8"

    /// `source`: a network-path reference (RFC 3986 section 4.2) to this service.
    let source: String

    /// Where people find the service's page; nil if nobody said.
    private let pageURL: String?

    init(hostName: String, pageURL: String?) {
        source = "//\(hostName)/precached"
        self.pageURL = pageURL
    }

    /// A job's event.
    ///
    /// - Parameters:
    ///   - notice: The notice.
    ///   - job: The job.
    ///   - end: The job as it ended, for the event that says so.
    /// - Returns: The JSON.
    func body(_ notice: Notice, job: JobRecord, end: JobRecord?) -> [UInt8] {
        envelope(
            id: notice.id,
            type: "dev.precache.job.\(notice.event.type.rawValue)",
            subject: job.id.text,
            at: notice.event.at
        ) { json in
            json.member("job_id", job.id.text)
            json.member("aggregate", job.aggregate.text)
            json.member("page_url", pageURL.map { "\($0)#/jobs/\(job.id.text)" })
            json.key("event")
            json.event(notice.event)
            if let end {
                json.key("job")
                json.job(end, at: notice.event.at)
            }
        }
    }

    /// What a test delivery carries.
    func test(id: String, webhook: WebhookName, at now: Timestamp) -> [UInt8] {
        envelope(id: id, type: "dev.precache.webhook.test", subject: webhook.text, at: now) { json in
            json.member("webhook", webhook.text)
            json.member("page_url", pageURL.map { "\($0)#/service" })
        }
    }

    private func envelope(
        id: String,
        type: String,
        subject: String,
        at moment: Timestamp,
        data: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("specversion", "1.0")
            json.member("id", id)
            json.member("source", source)
            json.member("type", type)
            json.member("subject", subject)
            json.member("time", moment)
            json.member("datacontenttype", "application/json")
            json.object("data", data)
        }
        return json.bytes
    }
}

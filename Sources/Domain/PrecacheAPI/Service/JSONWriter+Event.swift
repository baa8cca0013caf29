package import PrecacheModel

extension JSONWriter {
    /// Writes an event in the shape of the service's API document.
    package mutating func event(_ event: EventRecord) {
        object { json in
            json.member("id", event.id)
            json.member("type", event.type.rawValue)
            json.member("at", event.at)
            switch event.kind {
            case .state(let state):
                json.member("state", state.rawValue)
            case .outcome(let host, let image, let outcome, let reason, let detail, let attempts):
                json.member("host", host.text)
                json.member("image_id", image.text)
                json.member("outcome", outcome.rawValue)
                json.member("reason", reason?.rawValue)
                json.member("detail", detail)
                if attempts > 0 { json.member("attempt", attempts) }
            case .retrying(let host, let attempt, let reason, let detail, _):
                json.member("host", host.text)
                json.member("reason", reason?.rawValue)
                json.member("detail", detail)
                json.member("attempt", max(1, attempt))
            case .cancelRequested:
                break
            }
        }
    }
}

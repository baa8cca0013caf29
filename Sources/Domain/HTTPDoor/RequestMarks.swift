package import HTTPServing
import HTTPTypes
package import Logging
package import PrecacheModel

extension Request {
    /// The trace that it is part of, if its sender says so.
    package var trace: TraceContext? { header(.traceparent) == nil ? nil : headers.trace }

    /// What log lines call it by: its id, and its trace, if it has one.
    package var marks: Logger.Metadata { RequestRecord.marks(id, trace) }
}

extension RequestRecord {
    /// What log lines call the request by, as ``HTTPServing/Request/marks``.
    package var marks: Logger.Metadata { Self.marks(id, headers.trace) }

    fileprivate static func marks(_ id: String, _ trace: TraceContext?) -> Logger.Metadata {
        var marks: Logger.Metadata = ["request": "\(id)"]
        if let trace { marks["trace"] = "\(trace.traceID)" }
        return marks
    }
}

extension HTTPFields {
    /// Two fields are as good as none.
    fileprivate var trace: TraceContext? {
        let values = self[values: .traceparent]
        return values.count == 1 ? TraceContext(values[0]) : nil
    }
}

package import HTTPServing
import HTTPTypes
package import Logging
package import PrecacheModel

extension Request {
    /// The trace that it is part of, if its sender says so; two fields are as good as none.
    package var trace: TraceContext? {
        guard header(.traceparent) != nil, headers[values: .traceparent].count == 1 else { return nil }
        return header(.traceparent).flatMap(TraceContext.init)
    }

    /// What log lines call it by: its id, and its trace, if it has one.
    package var marks: Logger.Metadata { RequestRecord.marks(id, trace) }
}

extension RequestRecord {
    /// What log lines call the request by, as ``HTTPServing/Request/marks``.
    package var marks: Logger.Metadata { Self.marks(id, header(.traceparent).flatMap(TraceContext.init)) }

    fileprivate static func marks(_ id: String, _ trace: TraceContext?) -> Logger.Metadata {
        var marks: Logger.Metadata = ["request": "\(id)"]
        if let trace { marks["trace"] = "\(trace.traceID)" }
        return marks
    }
}

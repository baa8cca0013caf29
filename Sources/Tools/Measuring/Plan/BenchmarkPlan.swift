import FoundationEssentials

/// What is to be measured against what: `deploy/benchmarks/plan.json`.
package struct BenchmarkPlan: Decodable, Sendable {
    /// The benchmarks, in the order of the table.
    package let benchmarks: [Benchmark]

    /// Reads a plan.
    ///
    /// - Throws: ``MeasuringError`` with the place of the fault.
    package init(json: [UInt8]) throws(MeasuringError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(json))
        } catch let error as DecodingError {
            throw MeasuringError("the plan can't be read: \(Self.words(error))")
        } catch {
            throw MeasuringError("the plan is not JSON")
        }
    }

    /// Only what was measured at all.
    package func limited(to readings: Readings) -> BenchmarkPlan {
        BenchmarkPlan(benchmarks: benchmarks.filter { readings.samples($0.id, $0.measured) != nil })
    }

    private init(benchmarks: [Benchmark]) { self.benchmarks = benchmarks }

    private static func words(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "\(path(context)) lacks '\(key.stringValue)'"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(path(context)) has another type"
        case .dataCorrupted(let context): "\(path(context)): \(context.debugDescription)"
        @unknown default: "it has another shape"
        }
    }

    private static func path(_ context: DecodingError.Context) -> String {
        let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
        return path.isEmpty ? "it" : path.joined(separator: ".")
    }
}

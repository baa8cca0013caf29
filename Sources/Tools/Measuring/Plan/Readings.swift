import FoundationEssentials

/// What a run has measured: a JSON object a line, `{"benchmark":…,"series":…,"value":…}`, one for each round.
package struct Readings: Sendable {
    private struct Line: Decodable {
        let benchmark: String
        let series: String
        let value: Double
    }

    private var values: [String: [String: [Double]]] = [:]
    private var order: [String: [String]] = [:]

    /// Reads a file's bytes.
    ///
    /// - Throws: ``MeasuringError`` with the number of the line that is wrong.
    package init(lines bytes: [UInt8]) throws(MeasuringError) {
        for (number, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let reading = try? JSONDecoder().decode(Line.self, from: Data(line)), reading.value.isFinite
            else { throw MeasuringError("line \(number + 1) of the readings is not a reading") }
            if values[reading.benchmark]?[reading.series] == nil {
                order[reading.benchmark, default: []].append(reading.series)
            }
            values[reading.benchmark, default: [:]][reading.series, default: []].append(reading.value)
        }
    }

    /// A series; nil if it was not measured.
    package func samples(_ benchmark: String, _ series: String) -> Samples? {
        values[benchmark]?[series].flatMap(Samples.init)
    }

    /// The names of a benchmark's series, in the order in which they were first measured.
    package func series(of benchmark: String) -> [String] { order[benchmark] ?? [] }
}

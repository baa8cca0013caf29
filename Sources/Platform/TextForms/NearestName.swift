/// Finds what someone probably meant.
package enum NearestName {
    /// The candidate with the fewest edits from `name`, if they are few enough to be a slip: a third of its length.
    package static func find(_ name: String, in candidates: some Sequence<String>) -> String? {
        let limit = max(1, name.count / 3)
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let distance = distance(Array(name), Array(candidate))
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// Insertions, deletions and replacements of one character, and exchanges of two neighbours, none of which is edited
    /// again (Damerau's distance in its restricted form).
    package static func distance(_ first: [Character], _ second: [Character]) -> Int {
        var before: [Int] = []
        var row = Array(0...second.count)
        for (index, left) in first.enumerated() {
            var next = [index + 1]
            for (column, right) in second.enumerated() {
                var edits = min(
                    row[column] + (left == right ? 0 : 1),
                    row[column + 1] + 1,
                    next[column] + 1
                )
                if index > 0, column > 0, left == second[column - 1], first[index - 1] == right {
                    edits = min(edits, before[column - 1] + 1)
                }
                next.append(edits)
            }
            (before, row) = (row, next)
        }
        return row[second.count]
    }
}

/// Which members answers have.
///
/// Clients that name a version of the API, as Polar's newer ones do, demand a few that the others do not know.
enum PolarEdition {
    case unversioned
    case versioned
}

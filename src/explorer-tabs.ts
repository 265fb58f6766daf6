/** One example of the explorer: a document that runs as it stands, and what its variables hold. */
export interface ExplorerTab {
  query: string;
  variables?: string;
}

// GraphiQL names a tab after its operation. It never shows the variables of the first tab, so that
// one carries its arguments in the document.
export const explorerTabs: ExplorerTab[] = [
  {
    query: `# Welcome! Press the pink play button, or Ctrl-Enter, to run this.
#
# Your API key is in the Headers pane below. The book icon on the left opens the documentation of
# every type; Ctrl-Space, while typing, offers the fields that fit.
#
# One request draws a whole Kanban board: its columns from left to right, and the first cards of
# each. The other tabs search, and write.

query KanbanBoardPage {
  board(id: "board_abc123") {
    name
    description
    columns(first: 20) {
      nodes {
        id
        name
        color
        itemsCount
        items(first: 3) {
          nodes {
            id
            title
            position
            labels
            # Whatever your team fills in: any keys, any JSON.
            values
            contact {
              name
              phone
            }
          }
          # To load more cards of a column: items(first: 3, after: "…endCursor…")
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  }
}
`,
  },
  {
    query: `# Items by what is in them: every condition must hold.
#
# The words and the limits are in the Variables pane below: change them there and run again.
# "10000" is compared as a number, although it is written as text.

query SearchByValue($boardId: ID!, $search: String, $filter: ItemFilter, $first: Int) {
  items(
    boardId: $boardId
    search: $search
    filter: $filter
    orderBy: [{ field: CREATED_AT, direction: DESC }]
    first: $first
  ) {
    # How many match, on all pages together. Leave it out when you do not need it.
    totalCount
    nodes {
      id
      title
      values
      column {
        name
      }
      createdAt
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
    variables: `{
  "boardId": "board_abc123",
  "search": "acme",
  "filter": {
    "values": [
      { "key": "deal_value", "gte": "10000" },
      { "key": "probability", "gte": "50" }
    ]
  },
  "first": 10
}`,
  },
  {
    query: `# Two writes in one request: they run in order, from top to bottom.
#
# The first adds an item at the end of a column, the second moves another to the end of the column
# that $moveTo names. This changes the board: run the first tab again to see it.

mutation CreateAndMove(
  $boardId: ID!
  $title: String!
  $values: ItemValues
  $moved: ID!
  $moveTo: String!
) {
  created: createItem(
    input: {
      boardId: $boardId
      title: $title
      columnName: "Lead"
      values: $values
      labels: ["hot-lead", "enterprise"]
    }
  ) {
    item {
      id
      title
      position
      values
      labels
      column {
        name
        itemsCount
      }
    }
  }

  # What is not named here stays as it was: only the column changes.
  moved: updateItem(input: { boardId: $boardId, id: $moved, columnName: $moveTo }) {
    item {
      id
      title
      position
      column {
        name
        itemsCount
      }
      version
      updatedAt
    }
  }
}
`,
    variables: `{
  "boardId": "board_abc123",
  "title": "New Lead - XYZ Company",
  "values": {
    "contact_name": "Jane Doe",
    "deal_value": "25000",
    "source": "Website"
  },
  "moved": "item_001",
  "moveTo": "Negotiation"
}`,
  },
];

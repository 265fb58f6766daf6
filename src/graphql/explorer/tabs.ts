/** One example of the explorer: a document that runs as it stands, and what its variables hold. */
export interface ExplorerTab {
  query: string;
  variables?: string;
}

// GraphiQL names a tab after its operation and does not show the variables of the first one, so
// that one carries its arguments in the document. It also underlines an object given to a scalar
// in red when it is a variable, so `values` is in the document too. Its editor, on a laptop, shows
// some 48 characters of a line.
export const explorerTabs: ExplorerTab[] = [
  {
    query: `# Welcome! Press the pink play button to run
# this, or Ctrl-Enter. Your API key is in the
# Headers pane below.
#
# The book icon, top left, opens the docs: every
# type, field and argument. While you type,
# Ctrl-Space offers what fits.
#
# This one request draws a whole Kanban board: its
# columns, and the first cards of each. The other
# tabs search, and write.

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
            # your own fields, any JSON
            values
            contact {
              name
              phone
            }
          }
          # More cards of a column: add
          # after: "<its endCursor>"
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
    query: `# Finds items by what is in them. Open the
# Variables pane below: change the word or the
# limits there, and run again.
#
# Every condition must hold. "10000" is compared
# as a number, although it is written as text.

query SearchByValue(
  $boardId: ID!
  $search: String
  $filter: ItemFilter
) {
  items(
    boardId: $boardId
    search: $search
    filter: $filter
    orderBy: [{ field: CREATED_AT, direction: DESC }]
    first: 10
  ) {
    # how many match, on all pages together
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
  }
}`,
  },
  {
    query: `# Two writes in one request, done in order. They
# change the board: run the first tab again after,
# to see it.
#
# Who and where is in the Variables pane below.

mutation CreateAndMove(
  $boardId: ID!
  $title: String!
  $moved: ID!
  $moveTo: String!
) {
  # A new item goes to the end of its column.
  created: createItem(
    input: {
      boardId: $boardId
      title: $title
      columnName: "Lead"
      values: {
        contact_name: "Jane Doe"
        deal_value: "25000"
        source: "Website"
      }
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

  # What is not named here stays as it was.
  moved: updateItem(
    input: {
      boardId: $boardId
      id: $moved
      columnName: $moveTo
    }
  ) {
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
  "moved": "item_001",
  "moveTo": "Negotiation"
}`,
  },
];

/** @file HTTP for search spaces: those that come with Sextant, and the schema of one's own. */
import { Controller, Get, Header, Param } from '@nestjs/common';
import { NotFoundError } from '@sextant/common';
import {
  isSearchSpaceName,
  searchSpaceJsonSchema,
  searchSpaces,
  type SearchSpace,
} from '@sextant/search-space';
import { searchSpaceView, type SearchSpaceView } from './search-space.view';

const schema = searchSpaceJsonSchema();

@Controller('v1')
export class SearchSpacesController {
  @Get('search-spaces')
  list(): { items: SearchSpaceView[] } {
    return { items: Object.values(searchSpaces).map(searchSpaceView) };
  }

  @Get('search-spaces/:name')
  get(@Param('name') name: string): SearchSpaceView & { space: SearchSpace } {
    if (!isSearchSpaceName(name)) throw new NotFoundError(`there is no search space ${name}`);
    return { ...searchSpaceView(searchSpaces[name]), space: searchSpaces[name] };
  }

  @Get('schemas/search-space')
  @Header('content-type', 'application/schema+json')
  schema(): Record<string, unknown> {
    return schema;
  }
}
